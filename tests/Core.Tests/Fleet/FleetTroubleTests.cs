using System;
using System.IO;
using ProcessDedup.Coordination;
using ProcessDedup.Fetch;
using ProcessDedup.Postgres;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fleet;

/// <summary>What machines leave for each other is damaged, late, or of one that was cut off.</summary>
public sealed class FleetTroubleTests(PostgresServer server) : IDisposable
{
    private readonly TwoMachines _it = new(server);
    private readonly TestDirectory _third = new();

    public void Dispose()
    {
        _third.Dispose();
        _it.Dispose();
    }

    // As long as before.
    private static void Damage(string store)
    {
        string pack = Assert.Single(Directory.GetFiles(Path.Combine(store, "packs"), "*", SearchOption.AllDirectories));
        byte[] content = File.ReadAllBytes(pack);
        content[content.Length / 2] ^= 1;
        File.Delete(pack);
        File.WriteAllBytes(pack, content);
    }

    [Fact]
    public void Content_that_was_damaged_on_a_web_server_is_replaced_by_who_finds_it()
    {
        using var origin = new Origin();
        using var nginx = new NginxServer(_it.Here);
        OriginFile file = origin.Serve("/a", 100_000, etag: "\"v1\"");
        string store = nginx.Root + "/ci";
        FetchStatus Get(TestDirectory machine)
        {
            using Peer peer = Peer.Fetcher(
                machine, "get", file, "--max-age-sec", "3600", "--read", "--coordinator", _it.Connection, "--substituter", store, "--publish-to", store);
            return TwoMachines.RunOne(peer).Status!.Value;
        }

        Assert.Equal(FetchStatus.Downloaded, Get(_it.Here));
        Damage(Path.Combine(nginx.Files, "ci"));
        Assert.Equal(FetchStatus.Downloaded, Get(_it.There));
        Assert.Equal(FetchStatus.Substituted, Get(_third));
        Assert.Equal(2, origin.Requests.Count);
    }

    [Fact]
    public void A_damaged_artifact_is_replaced_by_who_finds_it()
    {
        Assert.Equal(FetchStatus.Built, TwoMachines.RunOne(_it.Builder(_it.Here, "k")).Status);
        Damage(_it.Store);
        Assert.Equal(FetchStatus.Built, TwoMachines.RunOne(_it.Builder(_it.There, "k")).Status);
        Assert.Equal(FetchStatus.Substituted, TwoMachines.RunOne(_it.Builder(_third, "k")).Status);
    }

    [Fact]
    public void A_failure_without_the_lock_does_not_keep_out_what_its_holder_makes()
    {
        using Coordinator fleet = PostgresCoordinator.Open(_it.Connection);
        FleetHold hold = fleet.Take(new FleetRequest(["fetch-k"], Locks.LockMode.Exclusive, 1, null, true, null), default)!;
        Assert.True(fleet.Records.WriteFailure("k", null, "{}"u8.ToArray(), default));
        Assert.True(fleet.Records.Write("k", hold.Grants[0].Fence, "{}"u8.ToArray(), null, TimeSpan.Zero, default));
        hold.Release();
        Assert.Equal(1, _it.Rows("entry IS NOT NULL AND failure IS NULL"));
        Assert.False(fleet.Records.WriteFailure("k", 0, "{}"u8.ToArray(), default));
        // Nor does it let in again who was cut off before that.
        Assert.True(fleet.Records.WriteFailure("k", null, "{}"u8.ToArray(), default));
        Assert.False(fleet.Records.Write("k", hold.Grants[0].Fence - 1, "{}"u8.ToArray(), null, TimeSpan.Zero, default));
    }

    [Fact]
    public void Who_only_ever_fails_removes_old_rows_too()
    {
        using Coordinator fleet = PostgresCoordinator.Open(_it.Connection);
        fleet.Records.WriteFailure("a", null, "{}"u8.ToArray(), default);
        PostgresServer.Sql(_it.Connection, "UPDATE procdedup.flight SET used = used - interval '31 days'");
        fleet.Records.WriteFailure("b", null, "{}"u8.ToArray(), default);
        Assert.Equal(1, _it.Rows());
    }

    [Fact]
    public void The_command_of_once_knows_its_fencing_number()
    {
        string Run()
        {
            using Peer once = Peer.Procdedup(
                _it.Here, "once", "deploy", "--ttl-sec", "0", "--coordinator", _it.Connection, "--", "sh", "-c", "echo \"<$PROCESSDEDUP_FENCE>\"");
            return once.Finish().Output.Trim('<', '>', '\n');
        }

        long first = long.Parse(Run(), System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(long.Parse(Run(), System.Globalization.CultureInfo.InvariantCulture) > first);
    }

    [Fact]
    public void A_connection_that_is_cut_while_a_command_runs_changes_nothing()
    {
        string gate = _it.Here.File("gate");
        string script = $"echo began; while ! [ -e {gate} ]; do sleep 0.02; done";
        using Peer leader = Peer.Procdedup(_it.There, "once", "deploy", "--coordinator", _it.Connection, "--", "sh", "-c", script);
        leader.Expect("began");
        PostgresServer.Terminate(_it.Connection);
        File.WriteAllText(gate, "");
        (int code, _, string errors) = leader.Finish();
        Assert.Equal(0, code);
        Assert.Contains("The lock of the fleet for 'deploy' was lost", errors, StringComparison.Ordinal);
        Assert.Equal(1, _it.Rows("entry IS NOT NULL"));
        _it.AwaitUnlocked();
    }
}
