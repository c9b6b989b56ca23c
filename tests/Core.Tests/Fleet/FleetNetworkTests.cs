using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Fetch;
using ProcessDedup.Tests.Flight;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fleet;

/// <summary>Two machines with networks and names of their own, as far as one kernel can have them.</summary>
public sealed class FleetNetworkTests(PostgresServer server) : IDisposable
{
    private readonly TwoMachines _it = new(server);
    private readonly Origin _origin = new();
    private readonly List<IDisposable> _opened = [];

    public void Dispose()
    {
        _opened.ForEach(o => o.Dispose());
        _origin.Dispose();
        _it.Dispose();
    }

    /// <summary>A machine, and how to reach the server and the origin from there.</summary>
    private (NetworkMachine Machine, string Connection, string Origin) Start(string name)
    {
        NetworkMachine machine = NetworkMachine.New(name);
        var toServer = new Relay(server.Port, machine.Gateway);
        var toOrigin = new Relay(_origin.Root.Port, machine.Gateway);
        _opened.AddRange([toOrigin, toServer, machine]);
        string connection = toServer.Through(_it.Connection).Replace("Host=127.0.0.1", "Host=" + machine.Gateway, StringComparison.Ordinal);
        return (machine, connection, $"http://{machine.Gateway}:{toOrigin.Port}");
    }

    [Fact]
    public void Machines_that_have_nothing_in_common_but_a_server_and_a_store_do_each_thing_once()
    {
        (NetworkMachine Machine, string Connection, string Origin)[] machines = [Start("build-7"), Start("build-8")];
        int each = Scale.Of(3, 16);
        string[] keys = [.. Enumerable.Range(0, Scale.Of(3, 100)).Select(i => "k" + i)];
        List<Peer> peers = [.. machines.SelectMany(m => Enumerable.Range(0, each).Select(_ => m.Machine.Run(
            Programs.FetchPeer, ["build", _it.Log, .. keys, "--coordinator", m.Connection, "--substituter", _it.Store, "--publish-to", _it.Store])))];
        List<IReadOnlyList<Answer>> answers = TwoMachines.Run(peers);
        Assert.All(answers.SelectMany(a => a), a => Assert.True(a.ErrorId is null, a.ToString()));
        Assert.Equal(keys.Length, answers.SelectMany(a => a).Count(a => a.Status == FetchStatus.Built));
        Assert.All(keys, key => Assert.Equal(1, _it.Built[key]));

        // By its hash: each machine has another address for it.
        OriginFile file = _origin.Serve("/sdk", 300_000);
        List<Peer> getters = [.. machines.SelectMany(m => Enumerable.Range(0, each).Select(_ => m.Machine.Run(
            Programs.FetchPeer,
            ["get", m.Origin + "/sdk", "--sha256", Caching.HashOf(file), "--read", "--coordinator", m.Connection, "--substituter", _it.Store, "--publish-to", _it.Store])))];
        List<IReadOnlyList<Answer>> got = TwoMachines.Run(getters);
        Assert.All(got.SelectMany(a => a), a => Assert.True(a.ErrorId is null, a.ToString()));
        Assert.Single(_origin.Requests);
    }

    [Fact]
    public void A_waiter_is_told_on_which_machine_the_work_is_done()
    {
        (NetworkMachine Machine, string Connection, string Origin) here = Start("build-7"), there = Start("build-8");
        string gate = _it.Here.File("gate");
        Peer Once((NetworkMachine Machine, string Connection, string Origin) on) => on.Machine.Run(
            Programs.Procdedup, "once", "deploy", "--coordinator", on.Connection, "--", "sh", "-c", $"hostname; while ! [ -e {gate} ]; do sleep 0.02; done");
        using Peer leader = Once(there);
        leader.Expect("build-8");
        using Peer waiter = Once(here);
        Eventually.True(() => waiter.Errors.Contains("waiting for ", StringComparison.Ordinal), "whom it waits for");
        Assert.Contains($"(PID {leader.Id}", waiter.Errors, StringComparison.Ordinal);
        Assert.Contains("host build-8", waiter.Errors, StringComparison.Ordinal);
        File.WriteAllText(gate, "");
        (int code, string output, _) = waiter.Finish();
        Assert.Equal((0, "build-8"), (code, output));
        Assert.Equal(0, leader.WaitForExit());
    }
}
