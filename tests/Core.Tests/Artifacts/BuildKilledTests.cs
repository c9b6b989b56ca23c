using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Fetch;
using ProcessDedup.Store;
using ProcessDedup.Tests.Flight;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Artifacts;

/// <summary>kill -9 of the one that builds, at every step, while others wait.</summary>
public sealed class BuildKilledTests : IDisposable
{
    private readonly Caching _it = new();

    public void Dispose() => _it.Dispose();

    private string Log => _it.Place.File("log");

    private int Built => File.Exists(Log) ? File.ReadAllLines(Log).Length : 0;

    public static TheoryData<string> Steps => new(Enum.GetNames<StoreStep>().Where(s => s != nameof(StoreStep.Producing)));

    [Theory]
    [MemberData(nameof(Steps))]
    public void Another_one_finishes_what_a_killed_one_began(string step)
    {
        const int killed = 128 + 9;
        using (Peer dying = Peer.Fetcher(_it.Place, "build", Log, "k", "--die-at", step))
        {
            dying.Expect("READY");
            dying.Say("go");
            Assert.Empty(dying.ReadToEnd());
            Assert.Equal(killed, dying.WaitForExit());
        }

        bool wasCommitted = step == nameof(StoreStep.Committed);
        Assert.Equal(wasCommitted ? 1 : 0, _it.CheckRecords());
        _it.CheckContent();
        int before = Built;
        Answer next = Build();
        Assert.Equal(wasCommitted ? FetchStatus.Hit : FetchStatus.Built, next.Status);
        Assert.Equal(before + (wasCommitted ? 0 : 1), Built);
        Assert.Equal("two", File.ReadAllText(Path.Combine(next.Path, "two")));
        Assert.Equal(1, _it.CheckContent());
        Assert.Equal(1, _it.CheckRecords());
        _it.CheckPruneLeavesNothingHalf();
        Assert.Equal(FetchStatus.Hit, Build().Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_many_one_builds_and_without_locks_nothing_breaks(bool withoutLocks)
    {
        int count = Scale.Of(8, 32);
        string[] words = withoutLocks ? ["build", Log, "k", "--no-locks"] : ["build", Log, "k"];
        List<Peer> peers = [.. Enumerable.Range(0, count).Select(_ => Peer.Fetcher(_it.Place, words))];
        peers.ForEach(p => p.Expect("READY"));
        peers.ForEach(p => p.Say("go"));
        Answer[] answers = [.. peers.Select(p => Assert.Single(Caching.AnswersOf(p)))];
        peers.ForEach(p => p.Dispose());
        Assert.All(answers, a => Assert.True(a.ErrorId is null, a.ToString()));
        Assert.Single(answers.Select(a => a.Path).Distinct());
        if (!withoutLocks)
            Assert.Equal(1, Built);
        Assert.Equal(1, _it.CheckContent());
    }

    private Answer Build()
    {
        using Peer peer = Peer.Fetcher(_it.Place, "build", Log, "k");
        peer.Expect("READY");
        peer.Say("go");
        return Assert.Single(Caching.AnswersOf(peer));
    }
}
