using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Fetch;
using ProcessDedup.Flight;
using ProcessDedup.Locks;
using ProcessDedup.Platform;
using ProcessDedup.Store;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Flight;

/// <summary>
/// kill -9 at every step of the protocol: the next one finds the old state or the new one, never anything between, and
/// nobody has to clear anything away.
/// </summary>
public sealed class KilledStepTests : IDisposable
{
    private readonly Caching _it = new();

    public void Dispose() => _it.Dispose();

    private static TheoryData<string> Steps(params StoreStep[] without)
    {
        var steps = new TheoryData<string>();
        foreach (StoreStep step in Enum.GetValues<StoreStep>().Except(without))
            steps.Add(step.ToString());
        return steps;
    }

    public static TheoryData<string> AllSteps => Steps();

    public static TheoryData<string> TreeSteps => Steps(StoreStep.Producing);

    public static TheoryData<string> RevalidationSteps => new(
        nameof(StoreStep.LookedUp), nameof(StoreStep.Locked), nameof(StoreStep.LookedUpAgain), nameof(StoreStep.Verified),
        nameof(StoreStep.Committed));

    [Theory]
    [MemberData(nameof(AllSteps))]
    public void A_download_that_is_killed_is_made_good_by_the_next(string step)
    {
        OriginFile file = _it.Origin.Serve("/killed.bin", 3_000_000, etag: "\"v1\"");
        file.CacheControl = "max-age=600";
        // In the middle of the body: some pieces are on the disk by then.
        bool isMidBody = step == nameof(StoreStep.Producing);
        if (isMidBody)
            file.Gate = new OriginGate(1_500_000);
        KillAt(isMidBody ? step + ":5" : step, file);
        file.Gate = null;
        bool wasCommitted = step == nameof(StoreStep.Committed);
        Assert.Equal(wasCommitted ? 1 : 0, _it.CheckRecords());
        _it.CheckContent();

        Answer next = _it.Get(file, "--read");
        Assert.Equal(Caching.HashOf(file), next.Digest);
        OriginRequest last = _it.Origin.Requests[^1];
        // Whole in its private place, but not yet named: a part of full length, which the origin has only to confirm.
        bool isPartLeft = isMidBody || step is nameof(StoreStep.Staged) or nameof(StoreStep.Verified) or nameof(StoreStep.Synced)
            or nameof(StoreStep.Leased);
        Assert.Equal(wasCommitted ? FetchStatus.Hit : isPartLeft ? FetchStatus.Resumed : FetchStatus.Downloaded, next.Status);
        Assert.Equal(isPartLeft, last.Range is not null);
        if (isMidBody)
            Assert.InRange(last.BytesSent, 1, 2_999_999);
        else if (isPartLeft)
            Assert.Equal(0, last.BytesSent);
        AssertAllIsWell(1);
    }

    [Theory]
    [MemberData(nameof(AllSteps))]
    public void A_file_that_is_copied_into_the_cache_by_a_killed_process_is_copied_by_the_next(string step)
    {
        byte[] content = new byte[2_500_000];
        new Random(1).NextBytes(content);
        string source = _it.Place.File("source.bin");
        File.WriteAllBytes(source, content);
        File.SetLastWriteTimeUtc(source, DateTime.UtcNow.AddMinutes(-1));
        KillAt(step == nameof(StoreStep.Producing) ? step + ":2" : step, new Uri(source).AbsoluteUri);
        bool wasCommitted = step == nameof(StoreStep.Committed);
        Assert.Equal(wasCommitted ? 1 : 0, _it.CheckRecords());
        _it.CheckContent();
        Answer next = _it.Get(new Uri(source).AbsoluteUri, "--read");
        Assert.Equal(wasCommitted ? FetchStatus.Hit : FetchStatus.Downloaded, next.Status);
        Assert.Equal(Caching.HashOf(content), next.Digest);
        AssertAllIsWell(1);
    }

    /// <summary>The second reaching of each step: the first flight fetches the archive, the second unpacks it.</summary>
    [Theory]
    [MemberData(nameof(TreeSteps))]
    public void A_tree_that_is_unpacked_by_a_killed_process_is_unpacked_by_the_next(string step)
    {
        OriginFile file = Archive();
        KillAt(step + ":2", file, "--unpack");
        bool wasCommitted = step == nameof(StoreStep.Committed);
        Assert.Equal(wasCommitted ? 2 : 1, _it.CheckRecords());
        _it.CheckContent();
        Answer next = _it.Get(file, "--unpack", "--read");
        Assert.Equal(wasCommitted ? FetchStatus.Hit : FetchStatus.Built, next.Status);
        Assert.Equal("one", File.ReadAllText(Path.Combine(next.Path, "a/one")));
        Assert.Equal("two", File.ReadAllText(Path.Combine(next.Path, "a/two")));
        // Also whatever needs the manifest.
        Answer copied = _it.Get(file, "--unpack", "--destination", _it.Place.File("copy"));
        Assert.Equal(FetchStatus.Hit, copied.Status);
        Assert.Equal("two", File.ReadAllText(Path.Combine(_it.Place.File("copy"), "a/two")));
        Assert.Single(_it.Origin.Requests);
        AssertAllIsWell(2);
    }

    [Theory]
    [MemberData(nameof(RevalidationSteps))]
    public void A_revalidation_that_is_killed_leaves_the_old_record_or_the_new_one(string step)
    {
        OriginFile file = _it.Origin.Serve("/revalidated.bin", 300_000, etag: "\"v1\"");
        file.CacheControl = "max-age=0";
        Assert.Equal(FetchStatus.Downloaded, _it.Get(file).Status);
        KillAt(step, file);
        Assert.Equal(1, _it.CheckRecords());
        Answer offline = _it.Get(file, "--offline", "--read");
        Assert.Equal(Caching.HashOf(file), offline.Digest);
        Answer next = _it.Get(file, "--read");
        Assert.Equal(FetchStatus.Revalidated, next.Status);
        Assert.All(_it.Origin.Requests.Skip(1), r => Assert.Equal(304, r.Status));
        AssertAllIsWell(1);
    }

    /// <summary>A new version comes, and its bringer dies: the old version is whole until the new one is.</summary>
    [Theory]
    [MemberData(nameof(AllSteps))]
    public void A_new_version_whose_download_is_killed_does_not_spoil_the_old_one(string step)
    {
        OriginFile file = _it.Origin.Serve("/versions.bin", 300_000, seed: 1, etag: "\"v1\"");
        file.CacheControl = "max-age=0";
        string old = _it.Get(file).Digest;
        file.Body = new OriginBody(310_000, seed: 2);
        file.ETag = "\"v2\"";
        string young = Caching.HashOf(file);
        KillAt(step, file);
        Answer offline = _it.Get(file, "--offline", "--read");
        Assert.Equal(step == nameof(StoreStep.Committed) ? young : old, offline.Digest);
        Assert.Equal(young, _it.Get(file, "--read").Digest);
        AssertAllIsWell(1);
    }

    /// <summary>
    /// A kill inside the one step that publishes cannot be aimed at; that it is one step can be seen: the blob is the very
    /// file that was complete before it had its name.
    /// </summary>
    [Fact]
    public void A_blob_gets_its_name_by_a_rename_alone()
    {
        OriginFile file = _it.Origin.Serve("/renamed.bin", 300_000, etag: "\"v1\"");
        FileIdentity complete = default, published = default;
        FetchCache cache = _it.CacheWith(new FlightHooks
        {
            Reached = step =>
            {
                if (step == StoreStep.Leased)
                    complete = IdentityOf(Assert.Single(Directory.GetFiles(_it.Layout.Partial, "data", SearchOption.AllDirectories)));
                else if (step == StoreStep.Published)
                    published = IdentityOf(_it.Layout.BlobFile(Caching.HashOf(file)));
            },
        });
        cache.Get(new FetchRequest(file));
        Assert.NotEqual(default, complete);
        Assert.Equal(complete, published);
    }

    private static FileIdentity IdentityOf(string path)
    {
        Assert.True(FileSystem.TryGetFacts(path, out FileFacts facts));
        return facts.Identity;
    }

    private OriginFile Archive()
    {
        OriginFile file = _it.Origin.Serve(
            "/tree.tar.gz", Tars.Gzip(Tars.Tar(Tars.FileOf("a/one", "one"), Tars.FileOf("a/two", "two"))), "\"v1\"");
        file.CacheControl = "max-age=600";
        return file;
    }

    private void KillAt(string step, params IEnumerable<string> words)
    {
        const int killed = 128 + 9;
        using Peer peer = _it.Getter([.. words, "--die-at", step]);
        peer.Expect("READY");
        peer.Say("go");
        IReadOnlyList<string> said = peer.ReadToEnd();
        Assert.Equal(killed, peer.WaitForExit());
        Assert.Empty(said);
        Assert.All(LockInspector.InspectAll(_it.Place.Root), l => Assert.Equal(LockState.Free, l.State));
    }

    private void AssertAllIsWell(int records)
    {
        _it.CheckContent();
        Assert.Equal(records, _it.CheckRecords());
        _it.CheckPruneLeavesNothingHalf();
        _it.CheckContent();
        Assert.Equal(records, _it.CheckRecords());
    }
}
