using System;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;
using ProcessDedup.Postgres;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Coordination;

/// <summary>Ending who holds a lock of a fleet: here, by another root of this machine, and not at all on another machine.</summary>
public sealed class FleetHolderStopTests : IDisposable
{
    private readonly TestDirectory _here = new(), _there = new();
    private readonly string _connection;
    private readonly Coordinator _fleet;

    public FleetHolderStopTests(PostgresServer server)
    {
        _connection = server.NewDatabase();
        _fleet = PostgresCoordinator.Open(_connection);
    }

    public void Dispose()
    {
        _fleet.Dispose();
        _here.Dispose();
        _there.Dispose();
    }

    [Fact]
    public void One_that_holds_it_here_is_ended_and_told_of_once()
    {
        using Peer holder = Holder(_here);
        (int code, string output, string errors) = Stop();
        Assert.Equal((0, ""), (code, errors));
        Assert.StartsWith($"ended: LockPeer (PID {holder.Id})", Assert.Single(output.Split('\n')), StringComparison.Ordinal);
        Assert.Equal(143, holder.WaitForExit());
    }

    [Fact]
    public void One_of_another_root_is_ended_too()
    {
        using Peer holder = Holder(_there);
        (int code, string output, string errors) = Stop();
        Assert.Equal((0, ""), (code, errors));
        Assert.StartsWith($"ended: LockPeer (PID {holder.Id})", Assert.Single(output.Split('\n')), StringComparison.Ordinal);
        Assert.Equal(143, holder.WaitForExit());
    }

    [Fact]
    public void One_that_got_the_pid_is_spared()
    {
        using Peer holder = Holder(_there);
        LockStatus seen = Assert.Single(_fleet.Inspect("x"));
        LockHolder known = Assert.Single(seen.Holders);
        LockHolder[] others = [known with { CommandLine = "make all" }, known with { Since = DateTimeOffset.UnixEpoch }, known with { Since = null }];
        foreach (LockHolder other in others)
        {
            var stop = new HolderStop(seen with { Holders = [other] }, _fleet, TimeSpan.Zero, allowAncestors: false);
            Assert.Equal(LockError.LockHolderUnverified, Assert.Throws<LockException>(() => stop.Stop(other)).Error);
        }

        holder.Say("end");
        holder.Expect("RELEASED");
    }

    [Fact]
    public void One_of_another_machine_is_refused_with_what_to_type_there()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && Programs.Find("unshare") is not null, "a host name of one's own needs root and unshare (util-linux)");
        using Peer holder = Peer.Run(
            _there, "unshare", "--uts", "sh", "-c", "hostname agent7; exec \"$LOCKPEER\" hold x --coordinator \"$0\"", _connection);
        AwaitRecord(holder);
        (int code, string output, string errors) = Stop();
        Assert.Equal((69, ""), (code, output));
        Assert.Contains($"(PID {holder.Id}, user", errors, StringComparison.Ordinal);
        Assert.Contains("On agent7 type: Stop-FileLockHolder -Name 'x' -Coordinator", errors, StringComparison.Ordinal);
        Assert.Contains("procdedup stop-holder 'x' --coordinator", errors, StringComparison.Ordinal);
        holder.Say("end");
        holder.Expect("RELEASED");
    }

    private Peer Holder(TestDirectory root)
    {
        Peer peer = Peer.Locker(root, "hold", "x", "--coordinator", _connection);
        AwaitRecord(peer);
        return peer;
    }

    // A short hold says nothing of itself to the server.
    private void AwaitRecord(Peer peer)
    {
        peer.Await("HELD");
        Eventually.True(() => _fleet.Inspect("x") is [{ Holders: [{ CommandLine.Length: > 0, User.Length: > 0 }] }], "the record of the holder");
    }

    private (int Code, string Output, string Errors) Stop()
    {
        using Peer procdedup = Peer.Procdedup(_here, "stop-holder", "x", "--yes", "--coordinator", _connection);
        return procdedup.Finish();
    }
}
