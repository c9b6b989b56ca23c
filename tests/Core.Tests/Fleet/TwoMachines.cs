using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Coordination;
using ProcessDedup.Fetch;
using ProcessDedup.Flight;
using ProcessDedup.Postgres;
using ProcessDedup.Store;
using ProcessDedup.Substituters;
using ProcessDedup.Tests.Flight;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fleet;

/// <summary>Two roots that share a coordinator and a directory: as far as the code can tell, two machines.</summary>
internal sealed class TwoMachines : IDisposable
{
    public TwoMachines(PostgresServer server) => Connection = server.NewDatabase();

    public TestDirectory Here { get; } = new();

    public TestDirectory There { get; } = new();

    public TestDirectory[] Both => [Here, There];

    public string Connection { get; }

    /// <summary>The substituter of both.</summary>
    public string Store => Here.NewDirectory("store");

    public string Log => Here.File("log");

    /// <summary>What all peers are told.</summary>
    public string[] Meeting => ["--coordinator", Connection, "--substituter", Store, "--publish-to", Store];

    /// <summary>How often each key was built.</summary>
    public Dictionary<string, int> Built => !Directory.Exists(Log + ".d") ? [] : Directory.GetFiles(Log + ".d")
        .GroupBy(f => Path.GetFileName(f).Split(' ')[0]).ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);

    /// <summary>A process that begins when it is told to.</summary>
    public Peer Builder(TestDirectory machine, params string[] words) => Peer.Fetcher(machine, ["build", Log, .. words, .. Meeting]);

    public Peer Getter(TestDirectory machine, params string[] words) => Peer.Fetcher(machine, ["get", .. words, .. Meeting]);

    /// <summary>A process of the other machine that builds until <see cref="OpenGate"/>.</summary>
    public Peer LeaderAtGate(params string[] words)
    {
        Peer leader = Builder(There, ["k", "--gate", Here.File("gate"), .. words]).Expect("READY");
        leader.Say("go");
        return leader.Expect("BUILDS");
    }

    public void OpenGate() => File.WriteAllText(Here.File("gate"), "");

    /// <summary>A process of this machine that wants the same, and has begun.</summary>
    public Peer WaiterHere(params string[] words)
    {
        Peer waiter = Builder(Here, ["k", .. words]).Expect("READY");
        waiter.Say("go");
        return waiter;
    }

    /// <summary>Has all of them begin at once, and reads what they say to their ends.</summary>
    public static List<IReadOnlyList<Answer>> Run(IReadOnlyList<Peer> peers)
    {
        foreach (Peer peer in peers)
            peer.Expect("READY");
        foreach (Peer peer in peers)
            peer.Say("go");
        List<IReadOnlyList<Answer>> answers = [.. peers.Select(Caching.AnswersOf)];
        foreach (Peer peer in peers)
            peer.Dispose();
        return answers;
    }

    public static Answer RunOne(Peer peer) => Assert.Single(Run([peer])[0]);

    /// <summary>Gets something in this process, as a machine of the fleet.</summary>
    public FetchResult Get(TestDirectory machine, string address, Func<FetchRequest, FetchRequest>? adjust = null, Action<StoreStep>? reached = null)
    {
        using Coordinator fleet = PostgresCoordinator.Open(Connection);
        var request = new FetchRequest(address)
        {
            Coordinator = fleet,
            PublishTo = Store,
            Substituters = new SubstituterOptions { Addresses = [Store], ConnectTimeout = TimeSpan.FromSeconds(80) },
        };
        return new FetchCache(CacheStore.Open(machine.Root), new FlightHooks { Reached = reached }).Get(adjust?.Invoke(request) ?? request);
    }

    public long Rows(string where = "true") => PostgresServer.Ask<long>(Connection, "SELECT count(*) FROM procdedup.flight WHERE " + where);

    /// <summary>So many sessions wait for a lock in the server.</summary>
    public void AwaitQueued(int count) => Eventually.True(
        () => PostgresServer.Waiting(Connection).Count == count,
        $"{count} machines wait");

    /// <summary>Nothing stays locked: the server sees the end of a connection in its own time.</summary>
    public void AwaitUnlocked() => Eventually.True(
        () => PostgresServer.Locks(Connection) == 0, "all is unlocked");

    public void Dispose()
    {
        Here.Dispose();
        There.Dispose();
    }
}
