using System;
using System.IO;
using System.Linq;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Registry;

public sealed class NameRegistryTests : NameContract
{
    private readonly NameRegistry _registry;

    public NameRegistryTests() => _registry = NameRegistry.Of(Place.Root);

    protected override LockNames Names => _registry;

    protected override void NothingIsLeftBehind() =>
        Assert.DoesNotContain(Directory.GetFiles(Path.Combine(Place.Home, "registry")), f => !f.EndsWith(".json", StringComparison.Ordinal));

    [Fact]
    public void A_record_that_is_none_is_as_good_as_nothing()
    {
        _registry.Register("builds", "Team A");
        string file = Directory.GetFiles(Path.Combine(Place.Home, "registry"), "builds*").Single();
        foreach (string content in new[] { "", "{", "[]", "{\"namespace\":1}", "{\"namespace\":\"builds\",\"owner\":\"x\",\"since\":\"never\"}", new string('x', 100_000) })
        {
            File.WriteAllText(file, content);
            Assert.Null(_registry.Find("builds"));
            Assert.Empty(_registry.All());
        }

        Assert.Equal("Team B", _registry.Register("builds", "Team B").Owner);
        Assert.Equal("Team B", _registry.Find("builds")!.Owner);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a/b")]
    [InlineData("\\ud800")]
    public void A_record_of_what_can_be_no_name_hides_no_other_name(string name)
    {
        _registry.Register("builds", "Team A");
        File.WriteAllText(
            Path.Combine(Place.Home, "registry", "odd.json"),
            $$"""{"namespace":"{{name}}","owner":"Team B","by":"b@m","since":"2026-01-01T00:00:00Z"}""");
        Assert.Equal("builds", Assert.Single(_registry.All()).Namespace);
    }

    [Fact]
    public void Waiters_are_told_of_a_hold_that_is_longer_than_registered()
    {
        _registry.Register("builds", "Team A", null, TimeSpan.FromMilliseconds(1));
        using Peer holder = Peer.Locker(Place, "hold", "builds.x", "--reason", "building").Expect("HELD");
        Eventually.True(() => LockInspector.Inspect(Place.Named("builds.x")).Overdue is not null, "the hold is too long");
        LockStatus status = LockInspector.Inspect(Place.Named("builds.x"));
        Assert.Contains("Team A registered at most 0 s for 'builds'", status.Overdue, StringComparison.Ordinal);
        LockException busy = Expect.Error(LockError.LockBusy, () => FileLock.Acquire(new LockRequest(Place.Named("builds.x")) { NoWait = true }));
        Assert.Contains("Team A registered", busy.Message, StringComparison.Ordinal);

        using Peer waiting = Peer.Procdedup(Place, "lock", "builds.x", "--", "true");
        Eventually.True(() => waiting.Errors.Contains("Team A registered at most", StringComparison.Ordinal), "the waiter is told");
        using Peer locks = Peer.Procdedup(Place, "locks");
        Assert.Contains("Team A registered", locks.Finish().Output, StringComparison.Ordinal);
        _registry.Register("builds", "Team A", null, TimeSpan.FromHours(1));
        Assert.Null(LockInspector.Inspect(Place.Named("builds.x")).Overdue);
    }
}
