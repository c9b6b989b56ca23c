using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Artifacts;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Store;
using ProcessDedup.Substituters;
using ProcessDedup.Tests.Flight;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Artifacts;

/// <summary>Many processes want an artifact that another store has.</summary>
public sealed class SubstitutedBuildTests : IDisposable
{
    private readonly Caching _it = new();

    // Another machine, which has built it.
    private readonly TestDirectory _other = new();

    public void Dispose()
    {
        _it.Dispose();
        _other.Dispose();
    }

    private string Log => _it.Place.File("log");

    private int Built => File.Exists(Log) ? File.ReadAllLines(Log).Length : 0;

    public static TheoryData<string> Steps => new(Enum.GetNames<StoreStep>());

    private void PublishTo(string store)
    {
        ArtifactCache cache = ArtifactCache.Open(_other.Root);
        cache.Build(new ArtifactRequest(ArtifactKey.Of("k")), place =>
        {
            Directory.CreateDirectory(Path.Combine(place.Directory, "bin"));
            byte[] content = new byte[3_000_000];
            new Random(1).NextBytes(content);
            File.WriteAllBytes(Path.Combine(place.Directory, "bin/run"), content);
            File.WriteAllText(Path.Combine(place.Directory, "two"), "two");
        });
        var options = new SubstituterOptions { ConnectTimeout = TimeSpan.FromSeconds(80), StallTimeout = TimeSpan.FromSeconds(80) };
        Assert.Equal(PublishOutcome.Published, Assert.Single(cache.Publish(ArtifactKey.Of("k"), store, null, options, new FetchActivity())).Outcome);
    }

    private List<Answer> GetByMany(int count, params string[] stores)
    {
        string[] words = ["build", Log, "k", .. stores.SelectMany(s => new[] { "--substituter", s })];
        List<Peer> peers = [.. Enumerable.Range(0, count).Select(_ => Peer.Fetcher(_it.Place, words))];
        peers.ForEach(p => p.Expect("READY"));
        peers.ForEach(p => p.Say("go"));
        List<Answer> answers = peers.ConvertAll(p => Assert.Single(Caching.AnswersOf(p)));
        peers.ForEach(p => p.Dispose());
        return answers;
    }

    private void AssertRestoredOnce(List<Answer> answers)
    {
        Assert.All(answers, a => Assert.True(a.ErrorId is null, a.ToString()));
        Assert.Single(answers, a => a.Status == FetchStatus.Substituted);
        string path = Assert.Single(answers.Select(a => a.Path).Distinct());
        Assert.Equal("two", File.ReadAllText(Path.Combine(path, "two")));
        Assert.Equal(0, Built);
        Assert.Equal(1, _it.CheckContent());
        Assert.Equal(1, _it.CheckRecords());
    }

    [Fact]
    public void What_a_directory_has_is_restored_once_and_never_built()
    {
        string store = _it.Place.NewDirectory("store");
        PublishTo(store);
        AssertRestoredOnce(GetByMany(Scale.Of(8, 32), store));
    }

    [Fact]
    public void What_an_http_server_has_is_fetched_once_and_never_built()
    {
        using var nginx = new NginxServer(_it.Place);
        PublishTo(nginx.Root + "/ci");
        AssertRestoredOnce(GetByMany(Scale.Of(8, 32), nginx.Root + "/ci"));
        Assert.Single(nginx.EndAndReadLog(), l => l.Contains("GET /ci/packs/", StringComparison.Ordinal));
    }

    [Fact]
    public void What_a_bucket_has_is_fetched_once_and_never_built()
    {
        using var s3 = new S3Server(_it.Place);
        PublishTo(s3.Address());
        AssertRestoredOnce(GetByMany(Scale.Of(8, 32), s3.Address()));
    }

    [Fact]
    public void What_nobody_has_is_asked_for_once_and_built_once()
    {
        using var nginx = new NginxServer(_it.Place);
        List<Answer> answers = GetByMany(Scale.Of(8, 32), nginx.Root + "/ci", _it.Place.NewDirectory("empty"));
        Assert.Single(answers, a => a.Status == FetchStatus.Built);
        Assert.Equal(1, Built);
        Assert.Single(nginx.EndAndReadLog());
    }

    [Theory]
    [InlineData("two", "two")]
    [InlineData("bin/run", "run")]
    public void An_artifact_that_is_one_file_of_many_is_copied_as_that_file(string file, string name)
    {
        string store = _it.Place.NewDirectory("store");
        PublishTo(store);
        string record = Assert.Single(Directory.GetFiles(store, "*.json", SearchOption.AllDirectories));
        File.WriteAllText(record, File.ReadAllText(record).Replace("\"packing\"", $"\"file\": \"{file}\", \"packing\"", StringComparison.Ordinal));
        Artifact restored = ArtifactCache.Open(_it.Place.Root).Restore(new ArtifactRequest(ArtifactKey.Of("k"))
        {
            Destination = _it.Place.NewDirectory("out"),
            Substituters = new SubstituterOptions { Addresses = [store] },
        });
        Assert.Equal(_it.Place.File("out/" + name), restored.Path);
        Assert.Equal(file == "two" ? 3 : 3_000_000, new FileInfo(restored.Path!).Length);
    }

    [Fact]
    public void Who_asks_another_store_does_not_fail_as_the_first_one_did()
    {
        PublishTo(_it.Place.NewDirectory("there/store"));
        _it.Place.NewDirectory("here/store");
        // Both say the same, and mean different directories.
        Peer Restore(string directory) => Peer.Run(
            _it.Place, "sh", "-c", "cd \"$0\" && exec \"$1\" artifact restore k --substituter ./store", _it.Place.File(directory), Programs.Procdedup);
        LockTarget target = LockTarget.ForOwnUse(_it.Place.Root, "fetch-" + ArtifactKey.Of("k").Fingerprint, "k");
        void AwaitWaiters(int count) => Eventually.True(
            () => LockInspector.InspectAll(_it.Place.Root).Sum(l => l.Waiters.Count) == count, $"{count} processes wait");
        Directory.CreateDirectory(_it.Place.Root.LocksDirectory);
        using Peer holder = Peer.Run(_it.Place, "flock", target.LockFile, "sh", "-c", "echo READY; read _");
        holder.Expect("READY");
        using Peer first = Restore("here");
        AwaitWaiters(1);
        using Peer second = Restore("there");
        AwaitWaiters(2);
        holder.Say("go");
        Assert.Equal(66, first.Finish().Code);
        (int code, _, string errors) = second.Finish();
        Assert.True(code == 0, errors);
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void Another_one_restores_what_a_killed_one_was_restoring(string step)
    {
        const int killed = 128 + 9;
        string store = _it.Place.NewDirectory("store");
        PublishTo(store);
        using (Peer dying = Peer.Fetcher(_it.Place, "build", Log, "k", "--substituter", store, "--die-at", step))
        {
            dying.Expect("READY");
            dying.Say("go");
            Assert.Empty(dying.ReadToEnd());
            Assert.Equal(killed, dying.WaitForExit());
        }

        bool wasCommitted = step == nameof(StoreStep.Committed);
        Assert.Equal(wasCommitted ? 1 : 0, _it.CheckRecords());
        _it.CheckContent();
        List<Answer> answers = GetByMany(2, store);
        if (wasCommitted)
            Assert.All(answers, a => Assert.Equal(FetchStatus.Hit, a.Status));
        else
            AssertRestoredOnce(answers);
        _it.CheckPruneLeavesNothingHalf();
        Assert.Equal(0, Built);
    }

    [Fact]
    public void What_one_store_serves_wrongly_the_next_one_serves_or_it_is_built()
    {
        string good = _it.Place.NewDirectory("good"), bad = _it.Place.NewDirectory("bad");
        PublishTo(good);
        PublishTo(bad);
        string pack = Assert.Single(Directory.GetFiles(bad, "*.tar", SearchOption.AllDirectories));
        byte[] content = File.ReadAllBytes(pack);
        content[content.Length / 2] ^= 1;
        Modes.Set(pack, (UnixFileMode)0x1a4);
        File.WriteAllBytes(pack, content);
        Artifact Get(TestDirectory home, FetchActivity activity, params string[] stores)
        {
            var request = new ArtifactRequest(ArtifactKey.Of("k")) { Activity = activity, Substituters = new SubstituterOptions { Addresses = stores } };
            return ArtifactCache.Open(home.Root).Build(request, place => File.WriteAllText(Path.Combine(place.Directory, "x"), "built"));
        }

        var told = new FetchActivity();
        Artifact first = Get(_it.Place, told, bad, good);
        Assert.Equal((FetchStatus.Substituted, good), (first.Status, first.From));
        Assert.Contains("refused", told.TakeRemark(), StringComparison.Ordinal);
        using var third = new TestDirectory();
        Assert.Equal(FetchStatus.Built, Get(third, new FetchActivity(), bad).Status);
        Assert.All(LockInspector.InspectAll(third.Root), l => Assert.Equal(LockState.Free, l.State));
    }
}
