using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using ProcessDedup.Artifacts;
using ProcessDedup.Fetch;
using ProcessDedup.Flight;
using ProcessDedup.Locks;
using ProcessDedup.Platform;
using ProcessDedup.Store;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Artifacts;

/// <summary>A tree is read to the last byte once in a boot, and again as soon as anything has been done to it.</summary>
public sealed class VerifiedRestoreTests : IDisposable
{
    private const string Good = "the content";
    private const string Bad = "THE CONTENT";

    private readonly TestDirectory _place = new();
    private readonly StoreLayout _layout;
    private readonly string _digest;
    private int _builds;

    public VerifiedRestoreTests()
    {
        _layout = new StoreLayout(_place.Home);
        Build("first");
        _digest = TreeManifest.Of(_place.File("first"), default).Digest.Hex;
        Assert.SkipUnless(new VerifiedTrees(_layout).IsPossible, "the times of changes are not relied on in this file system");
    }

    public void Dispose() => _place.Dispose();

    private string Stored => Path.Combine(_layout.TreeDirectory(_digest), "d/f");

    private string RecordFile => _layout.VerifiedFile(_digest);

    private FetchStatus Build(string destination, bool readOnly = false, FlightHooks? hooks = null) =>
        new ArtifactCache(CacheStore.Open(_place.Root), hooks ?? FlightHooks.None).Build(
            new ArtifactRequest(ArtifactKey.Of("k", recipe: "r")) { Destination = _place.File(destination), ReadOnly = readOnly },
            p =>
            {
                _builds++;
                Directory.CreateDirectory(Path.Combine(p.Directory, "d"));
                File.WriteAllText(Path.Combine(p.Directory, "d/f"), Good);
                File.WriteAllText(Path.Combine(p.Directory, "other"), "more");
                File.WriteAllText(Path.Combine(p.Directory, "nothing"), "");
            }).Status!.Value;

    // As if a good record were there: what a bit that the disk has lost would look like.
    private void Note(Func<VerificationRecord, VerificationRecord>? change = null, string? digest = null)
    {
        using var facts = new FactsDigest();
        foreach (TreeItem item in TreeManifest.Read(_layout.ManifestFile(_digest)).Items.Where(i => i.Kind == TreeItemKind.File))
            facts.Add(FileSystem.TryGetFacts(Path.Combine(_layout.TreeDirectory(_digest), item.Path), out FileFacts file) ? file : null);
        VerificationRecord record = VerificationRecord.Begin()! with { Facts = facts.Finish()! };
        File.WriteAllBytes(RecordFile, (change is null ? record : change(record)).Render(digest ?? _digest));
    }

    private string? FactsNow()
    {
        string? recorded = new VerifiedTrees(_layout).Find(_digest)?.Facts;
        byte[] before = File.ReadAllBytes(RecordFile);
        Note();
        string? now = new VerifiedTrees(_layout).Find(_digest)?.Facts;
        File.WriteAllBytes(RecordFile, before);
        return recorded == now ? recorded : null;
    }

    private void Damage()
    {
        Modes.Set(Stored, "644");
        File.WriteAllText(Stored, Bad);
        Modes.Set(Stored, "444");
    }

    private void AssertGood(string destination)
    {
        Assert.Equal(Good, File.ReadAllText(_place.File(destination + "/d/f")));
        Assert.Equal("more", File.ReadAllText(_place.File(destination + "/other")));
    }

    [Fact]
    public void What_was_read_once_is_not_read_again_in_this_boot()
    {
        Assert.Equal(FetchStatus.Hit, Build("second"));
        Assert.NotNull(FactsNow());
        // Only a record that is believed lets this out: nothing but the disk itself could do it otherwise.
        Damage();
        Note();
        Assert.Equal(FetchStatus.Hit, Build("third"));
        Assert.Equal(Bad, File.ReadAllText(_place.File("third/d/f")));
        Assert.Equal(ContentState.Broken, FetchCache.Open(_place.Root).BeginCheck().Verify(FetchCache.Open(_place.Root).List().Single(), default).State);
    }

    public static TheoryData<string> Distrusted => ["boot", "clock forward", "clock back", "facts", "tree", "owner", "group", "link", "second name", "no newline", "longer"];

    [Theory]
    [MemberData(nameof(Distrusted))]
    public void A_record_of_another_boot_clock_tree_or_owner_is_not_believed(string what)
    {
        Damage();
        const long second = 1_000_000_000;
        Note(
            record => what switch
            {
                "boot" => record with { Boot = Guid.NewGuid().ToString() },
                "clock forward" => record with { Clock = record.Clock + second },
                "clock back" => record with { Clock = record.Clock - second },
                "facts" => record with { Facts = ContentHash.HexOf("other") },
                _ => record,
            },
            what == "tree" ? ContentHash.HexOf("tree") : null);
        byte[] content = File.ReadAllBytes(RecordFile);
        switch (what)
        {
            case "owner":
                Assert.SkipUnless(Environment.UserName == "root", "only root gives files away");
                using (Peer chown = Peer.Run(_place, "chown", "65534", RecordFile))
                    Assert.Equal(0, chown.Finish().Code);
                break;
            case "group":
                Modes.Set(RecordFile, "664");
                break;
            case "link":
                File.Move(RecordFile, _place.File("elsewhere"));
                File.CreateSymbolicLink(RecordFile, _place.File("elsewhere"));
                break;
            case "second name":
                Assert.True(Publishing.TryLink(RecordFile, _place.File("elsewhere")));
                break;
            case "no newline":
                File.WriteAllBytes(RecordFile, content[..^1]);
                break;
            case "longer":
                File.AppendAllText(RecordFile, "\n");
                break;
        }

        Assert.Equal(FetchStatus.Built, Build("second"));
        AssertGood("second");
    }

    [Fact]
    public void Whatever_part_of_a_record_a_kill_leaves_counts_as_none()
    {
        Note();
        byte[] content = File.ReadAllBytes(RecordFile);
        var known = new VerifiedTrees(_layout);
        Assert.NotNull(known.Find(_digest));
        for (int length = 0; length < content.Length; length++)
        {
            File.WriteAllBytes(RecordFile, content[..length]);
            Assert.True(known.Find(_digest) is null, $"the first {length} bytes are believed");
        }

        for (int at = 0; at < content.Length; at++)
        {
            byte[] flipped = [.. content];
            flipped[at] ^= 1;
            File.WriteAllBytes(RecordFile, flipped);
            Assert.True(known.Find(_digest) is null, $"another byte at {at} is believed");
        }
    }

    public static TheoryData<string, bool> Damages
    {
        get
        {
            var all = new TheoryData<string, bool>();
            foreach (string how in new[] { "truncated", "written to", "written to and its time set back", "replaced", "mapped", "made longer", "removed" })
            {
                all.Add(how, false);
                all.Add(how, true);
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public void What_was_damaged_between_two_restores_is_not_handed_out(string how, bool readOnly)
    {
        Build("second", readOnly);
        Assert.NotNull(FactsNow());
        DateTime time = File.GetLastWriteTimeUtc(Stored);
        if (how != "removed")
            Modes.Set(Stored, "644");
        switch (how)
        {
            case "truncated":
                using (FileStream file = File.OpenWrite(Stored))
                    file.SetLength(3);
                break;
            case "written to":
                File.WriteAllText(Stored, Bad);
                break;
            case "written to and its time set back":
                File.WriteAllText(Stored, Bad);
                File.SetLastWriteTimeUtc(Stored, time);
                break;
            case "replaced":
                File.WriteAllText(Stored + "2", Bad);
                File.SetLastWriteTimeUtc(Stored + "2", time);
                File.Move(Stored + "2", Stored, overwrite: true);
                break;
            case "mapped":
                using (Peer python = Peer.Run(_place, "python3", "-c",
                    "import mmap,sys; f=open(sys.argv[1],'r+b'); m=mmap.mmap(f.fileno(),0); m[:]=sys.argv[2].encode()", Stored, Bad))
                    Assert.Equal(0, python.Finish().Code);
                break;
            case "made longer":
                File.AppendAllText(Stored, "!");
                break;
            default:
                File.Delete(Stored);
                break;
        }

        if (how != "removed")
            Modes.Set(Stored, "444");
        Assert.Equal(FetchStatus.Built, Build("third", readOnly));
        AssertGood("third");
        Assert.Equal(2, _builds);
    }

    [Fact]
    public void A_writer_that_has_the_file_mapped_since_before_it_was_read_is_noticed()
    {
        Assert.SkipWhen(Programs.Find("python3") is null, "python3 is not installed");
        Modes.Set(Stored, "644");
        using Peer writer = Peer.Run(_place, "python3", "-uc",
            "import mmap,sys; f=open(sys.argv[1],'r+b'); m=mmap.mmap(f.fileno(),0); m[0:1]=m[0:1]; print('mapped'); sys.stdin.readline(); m[:]=sys.argv[2].encode(); print('written'); sys.stdin.readline()",
            Stored, Bad);
        writer.Expect("mapped");
        // The page is dirty now, and could be written to again without a fault.
        Build("second");
        Assert.NotNull(FactsNow());
        writer.Say("go");
        writer.Expect("written");
        Build("third");
        AssertGood("third");
    }

    [Fact]
    public void Links_of_our_own_do_not_void_the_record_and_their_removal_costs_a_reading_only()
    {
        foreach (string name in new[] { "a", "b", "c" })
        {
            Build(name, readOnly: true);
            Assert.NotNull(FactsNow());
        }

        Assert.True(FileSystem.TryGetFacts(Stored, out FileFacts facts) && facts.Links == 4);
        Build("copy");
        Assert.NotNull(FactsNow());
        Directory.Delete(_place.File("b"), recursive: true);
        Assert.Null(FactsNow());
        Build("d", readOnly: true);
        Assert.NotNull(FactsNow());
        AssertGood("d");
        Assert.Equal(1, _builds);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Crowds_that_link_and_copy_one_tree_at_once_get_it_with_locks_and_without(bool withoutLocks)
    {
        var hooks = new FlightHooks { WithoutLocks = withoutLocks };
        string[] all = [.. Enumerable.Range(0, 24).Select(i => $"copy{i}")];
        Parallel.ForEach(all, new ParallelOptions { MaxDegreeOfParallelism = 12 }, (name, _, i) => Build(name, i % 2 == 0, hooks));
        Array.ForEach(all, AssertGood);
        Assert.Equal(1, _builds);
    }

    [Fact]
    public async Task Sixteen_processes_that_restore_a_tree_while_it_is_damaged_get_it_as_it_should_be()
    {
        string[] command =
        [
            "build", "many", "--out", "", "--", "sh", "-c",
            "cd \"$PROCESSDEDUP_OUT\" && for i in 1 2 3 4 5 6 7 8 9; do echo \"content of $i\" > $i; done",
        ];
        Peer Restore(string to)
        {
            string[] words = [.. command];
            words[3] = _place.File(to);
            return Peer.Procdedup(_place, words);
        }

        using (Peer first = Restore("many"))
            Assert.Equal(0, first.Finish().Code);
        string tree = _layout.TreeDirectory(TreeManifest.Of(_place.File("many"), default).Digest.Hex);
        bool isOver = false;
        Task damage = Task.Run(() =>
        {
            for (int i = 0; !System.Threading.Volatile.Read(ref isOver); i++)
            {
                string file = Path.Combine(tree, $"{i % 9 + 1}");
                try
                {
                    if (i % 4 == 0)
                        File.SetUnixFileMode(file, (UnixFileMode)0x1a4);
                    using FileStream open = File.OpenWrite(file);
                    open.Write(Encoding.ASCII.GetBytes(i % 2 == 0 ? "CONTENT" : "content"));
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    // In quarantine just now.
                }
            }
        });
        int count = Scale.Of(16, 48);
        Peer[] peers = [.. Enumerable.Range(0, count).Select(i => Restore($"many{i}"))];
        (int Code, string Output, string Errors)[] ends = [.. peers.Select(p => p.Finish())];
        System.Threading.Volatile.Write(ref isOver, true);
        await damage;
        Array.ForEach(peers, p => p.Dispose());
        // The second attempt may meet damage, too: the message says so, and nothing is there then.
        Assert.All(ends, e => Assert.True(
            e.Code == 0 || e.Errors.Contains("is damaged", StringComparison.Ordinal) || e.Errors.Contains("is not there any more", StringComparison.Ordinal), e.Errors));
        int whole = 0;
        foreach (string copy in Enumerable.Range(0, count).Select(i => _place.File($"many{i}")).Where(Directory.Exists))
        {
            whole++;
            for (int i = 1; i <= 9; i++)
                Assert.Equal($"content of {i}\n", File.ReadAllText(Path.Combine(copy, $"{i}")));
        }

        Assert.Equal(ends.Count(e => e.Code == 0), whole);
    }

    [Fact]
    public void A_verifier_that_stands_still_holds_up_nobody_for_long()
    {
        File.Delete(RecordFile);
        using (FileLock.Acquire(new LockRequest(LockTarget.ForOwnUse(_place.Root, "verify-" + _digest, "k"))))
        {
            using Peer other = Peer.Procdedup(_place, "artifact", "restore", ArtifactKey.Of("k", recipe: "r").Fingerprint, "--out", _place.File("second"));
            Assert.Equal(0, other.Finish().Code);
        }

        AssertGood("second");
    }

    [Fact]
    public void A_file_is_read_once_too()
    {
        File.WriteAllText(_place.File("one"), Good);
        ArtifactCache cache = ArtifactCache.Open(_place.Root);
        cache.Save(new ArtifactRequest(ArtifactKey.Of("file")), _place.File("one"));
        Artifact restored = cache.Restore(new ArtifactRequest(ArtifactKey.Of("file")) { Destination = _place.File("two") });
        Assert.NotNull(new VerifiedTrees(_layout).Find(restored.Digest["sha256:".Length..]));
        string stored = cache.Restore(new ArtifactRequest(ArtifactKey.Of("file"))).Path!;
        Modes.Set(stored, "644");
        File.WriteAllText(stored, Bad);
        Modes.Set(stored, "444");
        Assert.ThrowsAny<DedupException>(() => cache.Restore(new ArtifactRequest(ArtifactKey.Of("file")) { Destination = _place.File("three") }));
        Assert.False(File.Exists(_place.File("three")));
    }

    [Fact]
    public void A_prune_takes_the_record_along_and_sweeps_what_a_kill_left()
    {
        string left = RecordFile + ".0123.tmp", orphan = _layout.VerifiedFile(ContentHash.HexOf("orphan"));
        Directory.CreateDirectory(Path.GetDirectoryName(orphan)!);
        foreach (string file in new[] { left, orphan })
        {
            File.WriteAllText(file, "half");
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(-3));
        }

        FetchCache cache = FetchCache.Open(_place.Root);
        using (CachePrune prune = cache.BeginPrune())
        {
            prune.Sweep();
            Assert.True(File.Exists(RecordFile));
            Assert.False(File.Exists(left) || File.Exists(orphan));
        }
    }
}
