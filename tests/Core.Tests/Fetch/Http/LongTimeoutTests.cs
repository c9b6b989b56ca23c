using ProcessDedup.Fetch;
using ProcessDedup.Fetch.Http;
using ProcessDedup.Retry;
using Xunit;

namespace ProcessDedup.Tests.Fetch.Http;

/// <summary>Timeouts may be longer than the timers of the system.</summary>
public sealed class LongTimeoutTests
{
    [Fact]
    public void The_longest_timeouts_are_taken_and_end_nothing()
    {
        using var watch = new InactivityWatch(
            FetchRequest.LongestTimeout, Deadline.After(FetchRequest.LongestTimeout), TestContext.Current.CancellationToken);
        Assert.False(watch.Token.IsCancellationRequested);
        Assert.False(watch.IsStalled);
    }
}
