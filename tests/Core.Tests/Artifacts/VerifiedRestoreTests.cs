using System;
using System.IO;
using System.Linq;
using ProcessDedup.Artifacts;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Platform;
using ProcessDedup.Store;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Artifacts;

/// <summary>A tree is read to the last byte once in a boot; a record of that is believed only where it can be relied on.</summary>
public sealed class VerifiedRestoreTests : VerifiedTree
{
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
                Links.ToFile(RecordFile, _place.File("elsewhere"));
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
}
