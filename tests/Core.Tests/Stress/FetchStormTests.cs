using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Flight;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Stress;

/// <summary>
/// Many processes get many addresses in any order while kill -9 takes any of them at any moment: who survives has the
/// right bytes, nothing in the cache is ever wrong, and only a kill makes the origin be asked again.
/// </summary>
public sealed class FetchStormTests(ITestOutputHelper output) : IDisposable
{
    // Where some stand to the last kill.
    private const int GatesToTheEnd = 4;

    private const int MostMoreKills = 200;

    private static readonly int Pool = Scale.Of(8, 16);

    private readonly Caching _it = new();

    // What every address has to give: a file's digest, or for a tree the content of one of its files.
    private readonly Dictionary<string, OriginFile> _files = [];
    private readonly Queue<OriginGate> _gates = [];
    private readonly List<Answer> _answers = [];

    public void Dispose() => _it.Dispose();

    [Fact]
    public void Killed_processes_cost_one_more_request_each_at_most_and_spoil_nothing()
    {
        int urls = Scale.Of(40, 200), kills = Storm(urls, Scale.Of(60, 1000), mustHitDownload: true);
        int gets = _it.Origin.Requests.Count, resumed = _it.Origin.Requests.Count(r => r.Status == 206);
        output.WriteLine($"{urls} addresses, {kills} kills: {gets} requests, {resumed} of them for the rest of a part");
        // No slack: a process leads one flight at a time, and a kill ends that one.
        Assert.InRange(gets, urls, urls + kills);
        Assert.True(resumed > 0, "no kill hit a download in its middle: this proved less than it should");
        Assert.All(LockInspector.InspectAll(_it.Place.Root), l => Assert.Equal(LockState.Free, l.State));
    }

    /// <summary>Locks only save work.</summary>
    [Fact]
    public void Locks_that_never_lock_cost_requests_and_spoil_nothing()
    {
        int urls = Scale.Of(30, 200), kills = Scale.Of(40, 1000);
        Storm(urls, kills, mustHitDownload: false, "--no-locks");
        int gets = _it.Origin.Requests.Count;
        output.WriteLine($"{urls} addresses, {kills} kills, no locks: {gets} requests");
        Assert.True(gets > urls, "nobody did work twice: the locks were there");
    }

    /// <summary>How many were killed.</summary>
    private int Storm(int urls, int kills, bool mustHitDownload, params string[] options)
    {
        int kill = 1;
        output.WriteLine($"PROCESSDEDUP_TEST_SEED={Scale.Seed}");
        var random = new Random(Scale.Seed);
        Serve(urls, random);
        List<Peer> peers = [.. Enumerable.Range(0, Pool).Select(_ => Start(random, options))];
        try
        {
            int killsAGate = Math.Max(1, kills / Math.Max(1, _gates.Count));
            for (; kill <= kills || (mustHitDownload && IsNoneResumed && kill <= kills + MostMoreKills); kill++)
            {
                // Not to wait for something: the moment of the kill is to be random. Where processes are so long in starting that
                // none has come into a download, they are given more and more time.
                Thread.Sleep(random.Next(0, 40) + 5 * Math.Max(0, kill - kills));
                int victim = random.Next(Pool);
                peers[victim].Kill();
                Note(peers[victim]);
                peers[victim] = Start(random, options);
                if (kill % killsAGate == 0 && _gates.Count > GatesToTheEnd && _gates.TryDequeue(out OriginGate? gate))
                    gate.Open();
                if (kill % 20 == 0)
                    _it.CheckContent();
            }

            while (_gates.TryDequeue(out OriginGate? gate))
                gate.Open();
            foreach (Peer peer in peers)
            {
                IReadOnlyList<Answer> answers = Caching.AnswersOf(peer);
                Assert.Equal(urls, answers.Count);
                _answers.AddRange(answers);
            }
        }
        finally
        {
            peers.ForEach(p => p.Dispose());
        }

        Assert.All(_answers, a => Assert.True(a.ErrorId is null, a.ToString()));
        AssertRightBytes(urls);
        return kill - 1;
    }

    private bool IsNoneResumed => _it.Origin.Requests.All(r => r.Status != 206);

    private void Serve(int urls, Random random)
    {
        for (int i = 0; i < urls; i++)
        {
            // Every fifth is an archive; half of the rest stop in the middle until enough have been killed there.
            bool isTree = i % 5 == 0, isGated = !isTree && i % 2 == 0;
            int size = random.Next(1000, 700_000);
            OriginFile file = isTree
                ? _it.Origin.Serve($"/{i}.tar.gz", Tars.Gzip(Tars.Tar(Tars.FileOf("number", $"{i}"), Tars.FileOf("filler", new string('x', size / 10)))), $"\"{i}\"")
                : _it.Origin.Serve($"/{i}.bin", size, seed: i, etag: i % 3 == 0 ? null : $"\"{i}\"");
            file.CacheControl = "max-age=86400";
            if (isGated)
                _gates.Enqueue(file.Gate = new OriginGate(size / 2));
            _files.Add(file.Url, file);
        }
    }

    private Peer Start(Random random, string[] options)
    {
        string[] urls = [.. _files.Keys];
        random.Shuffle(urls);
        Peer peer = _it.Getter([.. urls, .. options, "--read", "--unpack"]);
        // It need not be waited for: it reads this when it is there.
        peer.Say("go");
        return peer;
    }

    /// <summary>What a killed process was given before is right as well.</summary>
    private void Note(Peer killed)
    {
        IReadOnlyList<string> lines = killed.ReadToEnd();
        killed.Dispose();
        Assert.DoesNotContain(lines, l => l.StartsWith("BROKEN", StringComparison.Ordinal));
        // The last line may be half a line.
        _answers.AddRange(lines.SkipLast(1).Select(Answer.TryParse).OfType<Answer>());
    }

    private void AssertRightBytes(int urls)
    {
        int trees = _files.Keys.Count(u => u.EndsWith(".tar.gz", StringComparison.Ordinal));
        HashSet<string> digests = [.. _files.Values.Where(f => !f.Url.EndsWith(".tar.gz", StringComparison.Ordinal)).Select(Caching.HashOf)];
        List<Answer> files = [.. _answers.Where(a => !Directory.Exists(a.Path))];
        Assert.Equal(digests, [.. files.Select(a => a.Digest)]);
        List<string> roots = [.. _answers.Where(a => Directory.Exists(a.Path)).Select(a => a.Path).Distinct()];
        Assert.Equal(
            Enumerable.Range(0, urls).Where(i => i % 5 == 0).Select(i => $"{i}").Order(),
            roots.Select(r => File.ReadAllText(Path.Combine(r, "number"))).Order());
        // Every archive is a blob and a tree.
        Assert.Equal(urls + trees, _it.CheckContent());
        Assert.Equal(urls + trees, _it.CheckRecords());
        _it.CheckPruneLeavesNothingHalf();
        Assert.Equal(urls + trees, _it.CheckContent());
        Assert.Equal(FetchStatus.Hit, _it.Get(_files.Keys.First(u => u.EndsWith(".bin", StringComparison.Ordinal)), "--read").Status);
    }
}
