using System;
using System.Diagnostics;
using System.IO;
using ProcessDedup.Fetch;
using ProcessDedup.Platform;
using ProcessDedup.Store;
using ProcessDedup.Substituters;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Substituters;

/// <summary>What processes tell each other for a while: never for longer than was said, however the clock is set.</summary>
public sealed class MarkTests : IDisposable
{
    private readonly Substituting _it = new();

    public void Dispose() => _it.Dispose();

    private string File => _it.Place.File("mark");

    private TimedMark Mark => new(File);

    [Fact]
    public void It_holds_for_its_time_and_the_longer_one_stays()
    {
        Assert.Equal(TimeSpan.Zero, Mark.Remaining);
        Mark.Set(TimeSpan.FromMinutes(2));
        Assert.InRange(Mark.Remaining, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2));
        Mark.Set(TimeSpan.FromMinutes(1));
        Assert.InRange(Mark.Remaining, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2));
        Mark.Clear();
        Assert.Equal(TimeSpan.Zero, Mark.Remaining);
        Mark.Set(TimeSpan.Zero);
        Mark.Set(TimeSpan.FromDays(-1));
        Assert.False(System.IO.File.Exists(File));
        Mark.Set(TimeSpan.FromTicks(1));
        Eventually.True(() => Mark.Remaining == TimeSpan.Zero, "it is over");
    }

    [Theory]
    // The clock was set forward or back by years within this boot: the time since the boot counts.
    [InlineData(true, -10, 100_000, true)]
    [InlineData(true, -10, -100_000, true)]
    [InlineData(true, -1000, 0, false)]
    // From another boot: the clock is all there is, and what lies in the future does not count.
    [InlineData(false, 0, -10, true)]
    [InlineData(false, 0, -100_000, false)]
    [InlineData(false, 0, 100_000, false)]
    // Of this boot, but later than now: no such thing can be.
    [InlineData(true, 1000, 0, false)]
    public void However_the_clock_is_set_it_holds_no_longer_than_it_says(bool isThisBoot, int begunSecondsAgo, int clockOff, bool holds)
    {
        string boot = isThisBoot ? ProcessIdentity.Current.BootId : "another";
        long ticks = Stopwatch.GetTimestamp() + begunSecondsAgo * Stopwatch.Frequency;
        string utc = DateTimeOffset.UtcNow.AddSeconds(clockOff).ToString("O");
        System.IO.File.WriteAllText(File, FormattableString.Invariant($$"""{"boot":"{{boot}}","ticks":{{ticks}},"utc":"{{utc}}","seconds":600}"""));
        Assert.Equal(holds, Mark.Remaining > TimeSpan.Zero);
        Assert.True(Mark.Remaining <= TimeSpan.FromSeconds(600));
    }

    [Theory]
    [InlineData("")]
    [InlineData("half of a reco")]
    [InlineData("[]")]
    [InlineData("{\"boot\":1}")]
    [InlineData("{\"boot\":\"b\",\"ticks\":0,\"utc\":\"2024-01-01T00:00:00+00:00\",\"seconds\":1e300}")]
    public void Whatever_is_wrong_with_it_does_not_hold(string content)
    {
        System.IO.File.WriteAllText(File, content);
        Assert.Equal(TimeSpan.Zero, Mark.Remaining);
    }

    [Fact]
    public void Times_that_cannot_be_are_refused()
    {
        foreach (Func<SubstituterOptions, SubstituterOptions> set in new Func<SubstituterOptions, SubstituterOptions>[]
        {
            o => o with { Pause = TimeSpan.FromSeconds(-1) }, o => o with { NegativeTtl = TimeSpan.FromDays(30) },
            o => o with { ConnectTimeout = TimeSpan.FromTicks(-1) }, o => o with { StallTimeout = TimeSpan.MaxValue },
        })
        {
            SubstituterOptions options = set(_it.Options());
            Assert.Equal(FetchError.FetchOptionsInvalid, Assert.Throws<FetchException>(() => new SubstituterSet(options, _it.Store)).Error);
            Assert.Equal(FetchError.FetchOptionsInvalid, Assert.Throws<FetchException>(() => new ArtifactPublisher(options, _it.Store)).Error);
        }
    }

    [Fact]
    public void A_cache_in_which_nothing_can_be_remembered_asks_each_time()
    {
        string directory = _it.Place.File("missing");
        Directory.CreateDirectory(directory);
        System.IO.File.WriteAllText(_it.Store.Layout.Substituters, "a file");
        Assert.Null(_it.Restore(directory));
        _it.Publish(directory, _it.Tree());
        Assert.NotNull(_it.Restore(directory));
    }
}
