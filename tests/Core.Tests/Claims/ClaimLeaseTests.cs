using System;
using System.Diagnostics;
using ProcessDedup.Claims;
using ProcessDedup.Platform;
using Xunit;

namespace ProcessDedup.Tests.Claims;

/// <summary>When a lease is over: by the time since the boot, and only across boots by the clock.</summary>
public sealed class ClaimLeaseTests
{
    private static readonly DateTimeOffset Noon = new(2024, 5, 1, 12, 0, 0, TimeSpan.Zero);

    private static MachineMoment At(string boot, double seconds, double clock) =>
        new(boot, (long)(seconds * Stopwatch.Frequency), Noon.AddSeconds(clock));

    [Theory]
    [InlineData("same boot, within", "a", 159, 59, false)]
    [InlineData("same boot, over", "a", 160, 60, true)]
    [InlineData("the clock was set far ahead", "a", 101, 86400, false)]
    [InlineData("the clock was set far back", "a", 160, -86400, true)]
    [InlineData("after a restart, within by the clock", "b", 5, 59, false)]
    [InlineData("after a restart, over by the clock", "b", 5, 60, true)]
    [InlineData("after a restart with the clock set back: it lasts too long", "b", 5, -86400, false)]
    [InlineData("a system that gives boots no name, within", "", 1, 59, false)]
    [InlineData("a system that gives boots no name, over", "", 1, 60, true)]
    public void It_is_over(string when, string boot, double seconds, double clock, bool isOver)
    {
        var lease = new ClaimLease(At(boot.Length == 0 ? "" : "a", 100, 0), TimeSpan.FromSeconds(60));
        Assert.True(lease.IsOverAt(At(boot, seconds, clock)) == isOver, when);
    }

    [Fact]
    public void Its_end_is_told_as_the_clock_stands_now()
    {
        var lease = new ClaimLease(At("a", 100, 0), TimeSpan.FromSeconds(60));
        Assert.Equal(Noon.AddSeconds(3600 + 50), lease.EndSeenAt(At("a", 110, 3600)));
    }
}
