using System.Collections.Generic;
using ProcessDedup.Artifacts;
using ProcessDedup.Flight;
using ProcessDedup.Messages;
using ProcessDedup.Store;
using ProcessDedup.Substituters;

namespace ProcessDedup.Fetch;

/// <summary>
/// Where the machines of a fleet get the content of what others have fetched: a substituter, under a key that is made of the
/// digest. A file is a tree of one file there.
/// </summary>
/// <param name="store">Of this machine.</param>
/// <param name="activity">Where to look how far it is.</param>
/// <param name="substituters">Who is asked.</param>
/// <param name="publisher">Who publishes.</param>
/// <param name="to">Where to.</param>
/// <param name="signingKey">A PEM file; null for no signature.</param>
internal sealed class ContentExchange(
    CacheStore store, FetchActivity activity, SubstituterSet substituters, ArtifactPublisher publisher, string to, string? signingKey)
{
    /// <summary>What a file is called in its tree.</summary>
    public const string FileName = "content";

    private readonly HashSet<string> _other = [];

    private static string KeyOf(CacheEntry entry) => ContentHash.HexOf($"content\n{(entry.IsTree ? "tree" : "file")}\n{entry.Digest}");

    /// <summary>Fills the directory with the content of an entry; null: nobody has it, or what they have is something else.</summary>
    public Substituted? TryGet(CacheEntry entry, string display, string directory, StagingDirectory place, FlightLeader leader)
    {
        Substituted? got = substituters.TryRestore(
            KeyOf(entry), display, directory, place, new SubstitutionWatch(activity), leader.Cancellation);
        // The substituter's own record says only that it is what was published under the key.
        if (got is null || IsContentOf(entry, got.Manifest))
            return got;
        _other.Add(KeyOf(entry));
        activity.Remark(Message.Of(Key.NoticeWhatSubstituterHasOfIsRefused, got.From, display));
        return null;
    }

    private static bool IsContentOf(CacheEntry entry, TreeManifest manifest) => entry.IsTree
        ? manifest.Digest.Hex == entry.Digest
        : manifest.Items.Count == 1 && manifest.Items[0] is { Path: FileName, Kind: TreeItemKind.File } file
            && file.Sha256 == entry.Digest && file.Size == entry.Size;

    /// <summary>Publishes the content of an entry. What is there already stays, unless this machine has found it to be no good.</summary>
    /// <exception cref="FetchException">It was not published.</exception>
    public void Put(CacheEntry entry, string display, FlightLeader leader)
    {
        activity.Does("publishing");
        var facts = new ArtifactFacts(
            KeyOf(entry), display, entry.IsTree ? null : FileName, entry.FetchedAt, $"{entry.Maker.User}@{entry.Maker.Host}");
        bool replaces = _other.Contains(facts.Key) || substituters.HasFoundDamage(to, facts.Key);
        if (entry.IsTree)
        {
            TreeManifest manifest = TreeManifest.Read(store.Layout.ManifestFile(entry.Digest!));
            manifest = manifest.WithTimes(store.Trees.TimesFor(entry, manifest)).WithAttributes(store.Trees.AttributesFor(entry, manifest));
            publisher.Publish(to, facts, store.Layout.TreeDirectory(entry.Digest!), manifest, signingKey, leader.Cancellation, replaces);
            return;
        }

        using StagingDirectory place = store.NewStaging();
        FileCopy.Make(
            store.Layout.BlobFile(entry.Digest!), place.File(FileName), isExecutable: false, CopyMode.HardLink, isSynced: false, leader.Cancellation);
        publisher.Publish(to, facts, place.Path, TreeManifest.Of(place.Path, leader.Cancellation).WithTimes(null).WithAttributes(null), signingKey, leader.Cancellation, replaces);
    }
}
