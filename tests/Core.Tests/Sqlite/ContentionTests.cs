using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Threading;
using ProcessDedup.Locks;
using ProcessDedup.Sqlite;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>Many processes write one database: no errors, and as many rows as acknowledgements.</summary>
public sealed class ContentionTests(ITestOutputHelper output) : IDisposable
{
    private const int Writers = 8;

    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("wal")]
    [InlineData("delete")]
    [InlineData("wal-gate")]
    [InlineData("delete-gate")]
    public void Eight_processes_write_without_an_error(string journal)
    {
        int rounds = Scale.Of(60, 500);
        var table = new Table(_place);
        List<Peer> peers = Enumerable.Range(0, Writers)
            .Select(i => Peer.Sqlite(_place, "insert", table.File, journal, $"w{i}", rounds.ToString(CultureInfo.InvariantCulture), "5")).ToList();
        try
        {
            peers.ForEach(p => p.Expect("READY"));
            var clock = Stopwatch.StartNew();
            peers.ForEach(p => p.Say("go"));
            List<string> said = peers.SelectMany(p => p.ReadToEnd()).ToList();
            output.WriteLine($"{Writers * rounds / clock.Elapsed.TotalSeconds:0} transactions a second");
            Assert.All(peers, p => Assert.Equal("", p.Errors));
            Assert.DoesNotContain(said, line => line.StartsWith("ERROR", StringComparison.Ordinal));
            Assert.Equal(Writers * rounds, said.Count(line => line.StartsWith("ACK", StringComparison.Ordinal)));
        }
        finally
        {
            peers.ForEach(p => p.Dispose());
        }

        Assert.Equal((Writers * rounds, Writers * rounds, "ok"), table.Check());
    }

    [Fact]
    public void The_way_it_is_commonly_written_loses_writes_to_errors()
    {
        int rounds = Scale.Of(60, 500);
        var table = new Table(_place);
        using (SqliteRunner first = table.Runner("delete"))
            first.Run(tx => Table.Insert(tx, "first"));
        List<Peer> peers = Enumerable.Range(0, Writers)
            .Select(_ => Peer.Sqlite(_place, "naive", table.File, rounds.ToString(CultureInfo.InvariantCulture))).ToList();
        try
        {
            peers.ForEach(p => p.Expect("READY"));
            peers.ForEach(p => p.Say("go"));
            // Each goes on until all have done their rounds: none of them was alone.
            peers.ForEach(p => p.Expect("ENOUGH"));
            peers.ForEach(p => p.Say("end"));
            int errors = peers.Sum(p => int.Parse(p.Await("DONE").Split(' ')[1], CultureInfo.InvariantCulture));
            output.WriteLine($"{errors} errors in {Writers * rounds} and more");
            Assert.True(errors > 0);
        }
        finally
        {
            peers.ForEach(p => p.Dispose());
        }
    }

    [Fact]
    public void A_child_process_writes_although_its_parent_is_at_the_gate_just_now()
    {
        var table = new Table(_place);
        LockTarget gate = SqliteOptions.GateBeside(table.File);
        using SqliteRunner parent = table.Runner("wal", o => o with { Gate = gate });
        parent.Run(tx => Table.Insert(tx, "parent"));
        using Peer child = Peer.Sqlite(_place, "insert", table.File, "wal-gate", "child", "1", "0");
        child.Expect("READY");
        parent.Run(tx =>
        {
            Table.Insert(tx, "parent");
            child.Say("go");
            // It notices that its ancestor holds the gate, and does without.
            // It leaves the queue soon, but whoever has stood in it leaves the gate's file.
            Eventually.True(() => System.IO.File.Exists(gate.LockFile + ".gate"), "it has come to the queue");
            Eventually.True(() => KernelView.Waiters(gate.LockFile).Count == 0, "it leaves the queue");
        });
        child.Expect("ACK 0");
        child.Expect("DONE");
        Assert.Equal(1, table.Count("child"));
    }

    [Theory]
    [InlineData("wal")]
    [InlineData("delete")]
    [InlineData("auto")]
    public void A_first_start_of_many_makes_one_schema(string journal)
    {
        for (int round = 0; round < Scale.Of(3, 30); round++)
        {
            var table = new Table(_place, $"start{round}.db");
            List<Peer> peers = Enumerable.Range(0, Writers).Select(_ => Peer.Sqlite(_place, "start", table.File, journal)).ToList();
            try
            {
                peers.ForEach(p => p.Expect("READY"));
                peers.ForEach(p => p.Say("go"));
                peers.ForEach(p => p.Expect("VERSION 1"));
            }
            finally
            {
                peers.ForEach(p => p.Dispose());
            }

            Assert.Equal((Writers, 1, "ok"), table.Check());
        }
    }

    [Theory]
    [InlineData("wal")]
    [InlineData("delete")]
    public void What_a_killed_process_has_acknowledged_is_there(string journal)
    {
        const int pool = 4;
        int kills = Scale.Of(16, 500);
        output.WriteLine($"PROCESSDEDUP_TEST_SEED={Scale.Seed}");
        var random = new Random(Scale.Seed);
        var table = new Table(_place);
        var acknowledged = new List<string>();
        int started = 0;

        (string Name, Peer Peer) Start()
        {
            string name = $"w{started++}";
            Peer peer = Peer.Sqlite(_place, "insert", table.File, journal, name, "1000000", "0");
            peer.Expect("READY").Say("go");
            return (name, peer);
        }

        void Collect((string Name, Peer Peer) victim)
        {
            victim.Peer.Kill();
            IReadOnlyList<string> said = victim.Peer.ReadToEnd();
            Assert.DoesNotContain(said, line => line.StartsWith("ERROR", StringComparison.Ordinal));
            acknowledged.AddRange(said.Where(l => l.StartsWith("ACK ", StringComparison.Ordinal)).Select(l => $"{victim.Name} {l[4..]}"));
            victim.Peer.Dispose();
        }

        List<(string Name, Peer Peer)> peers = Enumerable.Range(0, pool).Select(_ => Start()).ToList();
        for (int i = 0; i < kills; i++)
        {
            int victim = random.Next(pool);
            peers[victim].Peer.Await("ACK 0");
            // Not to wait for something: the moment of the kill is to be random.
            Thread.Sleep(random.Next(0, 12));
            acknowledged.Add($"{peers[victim].Name} 0");
            Collect(peers[victim]);
            peers[victim] = Start();
        }

        peers.ForEach(Collect);
        using SqliteRunner runner = table.Runner(journal);
        List<string> rows = runner.Run(tx => tx.Query("SELECT writer || ' ' || n FROM t").Select(r => (string)r[0]!).ToList()).Value!;
        output.WriteLine($"{kills} kills, {acknowledged.Distinct().Count()} acknowledged, {rows.Count} rows");
        Assert.Empty(acknowledged.Except(rows));
        Assert.Equal(rows.Count, rows.Distinct().Count());
        Assert.Equal("ok", table.Check().Integrity);
    }
}
