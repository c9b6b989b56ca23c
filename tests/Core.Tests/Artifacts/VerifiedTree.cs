using System;
using System.IO;
using System.Linq;
using ProcessDedup.Artifacts;
using ProcessDedup.Fetch;
using ProcessDedup.Flight;
using ProcessDedup.Platform;
using ProcessDedup.Store;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Artifacts;

/// <summary>A tree in a store, which has been read to the last byte in this boot.</summary>
public abstract class VerifiedTree : IDisposable
{
    private protected const string Good = "the content";
    private protected const string Bad = "THE CONTENT";

    private protected readonly TestDirectory _place = new();
    private protected readonly StoreLayout _layout;
    private protected readonly string _digest;
    private protected int _builds;

    protected VerifiedTree()
    {
        _layout = new StoreLayout(_place.Home);
        Build("first");
        _digest = TreeManifest.Of(_place.File("first"), default).Digest.Hex;
        Assert.SkipUnless(new VerifiedTrees(_layout).IsPossible, "the times of changes are not relied on in this file system");
    }

    public void Dispose()
    {
        _place.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected string Stored => Path.Combine(_layout.TreeDirectory(_digest), "d/f");

    private protected string RecordFile => _layout.VerifiedFile(_digest);

    private protected FetchStatus Build(string destination, bool readOnly = false, FlightHooks? hooks = null) =>
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
    private protected void Note(Func<VerificationRecord, VerificationRecord>? change = null, string? digest = null)
    {
        using var facts = new FactsDigest();
        foreach (TreeItem item in TreeManifest.Read(_layout.ManifestFile(_digest)).Items.Where(i => i.Kind == TreeItemKind.File))
            facts.Add(FileSystem.TryGetFacts(Path.Combine(_layout.TreeDirectory(_digest), item.Path), out FileFacts file) ? file : null);
        VerificationRecord record = VerificationRecord.Begin()! with { Facts = facts.Finish()! };
        File.WriteAllBytes(RecordFile, (change is null ? record : change(record)).Render(digest ?? _digest));
    }

    private protected string? FactsNow()
    {
        string? recorded = new VerifiedTrees(_layout).Find(_digest)?.Facts;
        byte[] before = File.ReadAllBytes(RecordFile);
        Note();
        string? now = new VerifiedTrees(_layout).Find(_digest)?.Facts;
        File.WriteAllBytes(RecordFile, before);
        return recorded == now ? recorded : null;
    }

    private protected void Damage()
    {
        Modes.Set(Stored, "644");
        File.WriteAllText(Stored, Bad);
        Modes.Set(Stored, "444");
    }

    private protected void AssertGood(string destination)
    {
        Assert.Equal(Good, File.ReadAllText(_place.File(destination + "/d/f")));
        Assert.Equal("more", File.ReadAllText(_place.File(destination + "/other")));
    }
}
