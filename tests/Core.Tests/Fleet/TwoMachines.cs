using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
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

    public long Rows(string where = "true") => PostgresServer.Ask<long>(Connection, "SELECT count(*) FROM procdedup.flight WHERE " + where);

    /// <summary>So many sessions wait for a lock in the server.</summary>
    public void AwaitQueued(int count) => Eventually.True(
        () => PostgresServer.Ask<long>(Connection, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == count,
        $"{count} machines wait");

    public void Dispose()
    {
        Here.Dispose();
        There.Dispose();
    }
}
