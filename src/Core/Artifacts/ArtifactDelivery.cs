using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Artifacts;

/// <summary>Puts a copy of an artifact where a request wants it.</summary>
internal sealed class ArtifactDelivery(CacheStore store, ArtifactRequest request, FetchContext context)
{
    // Reading takes 0.5 s for 1 GiB where the processor helps with SHA-256, and some 5 s where it does not. A process that was
    // stopped while it reads holds the others up no longer than that.
    private static readonly TimeSpan LeastPatience = TimeSpan.FromSeconds(2);
    private const long BytesPerSecond = 200 << 20;

    /// <summary>The full path of the copy; null: what is in the store was damaged, and has been put aside.</summary>
    /// <exception cref="FetchException">It cannot be put there; or it is damaged, and must not be.</exception>
    public string? TryDeliver(CachedContent content, bool mayFail)
    {
        CopyMode mode = request.ReadOnly ? CopyMode.HardLink : CopyMode.Copy;
        string digest = content.Entry.Digest!;
        string destination = request.Destination!;
        request.Activity.Does("copying");
        try
        {
            TreeManifest manifest = TreeManifest.Read(store.Layout.ManifestFile(digest));
            bool isVerified = !request.SkipVerification;
            if (content.Entry.FileName is { } name)
            {
                destination = CopyPlace.ForFile(destination, Path.GetFileName(name));
                // Another store may have it in a tree with more than this file.
                TreeItem item = manifest.Items.FirstOrDefault(i => i.Path == name) ?? throw FetchFailures.StoreDamaged(content.Path, $"'{name}'");
                TreeAttributes? attributes = AttributesFor(content.Entry, manifest);
                int number = manifest.Items.ToList().IndexOf(item);
                IReadOnlyList<ExtendedAttribute> extended = request.KeepExtendedAttributes ? attributes?.ExtendedOf(number) ?? [] : [];
                using CopyProof? proof = isVerified && manifest.Items.Count == 1 ? ProofFor(content, manifest, destination) : null;
                CopyOut.File(Path.Combine(content.Path, item.Path), destination, item.IsExecutable, mode, context.Cancellation,
                    isVerified ? item.Sha256 : null, item.Mode, TimeOf(item, manifest, content.Entry), extended: extended, proof: proof);
            }
            else
            {
                using CopyProof? proof = isVerified ? ProofFor(content, manifest, destination) : null;
                CopyOut.Tree(content.Path, manifest, destination, mode, context.Cancellation, isVerified,
                    store.Trees.TimesFor(content.Entry, manifest), AttributesFor(content.Entry, manifest), request.KeepExtendedAttributes, proof);
            }

            return Path.GetFullPath(destination);
        }
        catch (FetchException e) when (mayFail && e.Error == FetchError.StoreUnsafe)
        {
            PutAside(content.Entry);
            return null;
        }
    }

    private TreeAttributes? AttributesFor(CacheEntry entry, TreeManifest manifest)
    {
        TreeAttributes? attributes = store.Trees.AttributesFor(entry, manifest);
        if (attributes is { CountOfExtended: > 0 and int count } && !request.KeepExtendedAttributes)
            request.Activity.Remark(Message.Of(Key.NoticeCopyHasNoAttributes, entry.Source, count));
        return attributes;
    }

    // Where a copy may turn out otherwise than it was written, it is read.
    private CopyProof? ProofFor(CachedContent content, TreeManifest manifest, string destination) =>
        Path.GetDirectoryName(CopyPlace.Of(destination)) is { } parent && Directory.Exists(parent) && LocalFileSystems.KeepWhatIsGiven(parent)
            ? new CopyProof(store.Verified, content.Path, manifest, () => TakeTurn(content.Entry, manifest), context.Cancellation)
            : null;

    private LockLease? TakeTurn(CacheEntry entry, TreeManifest manifest) => context.TryGuard(
        OwnLocks.Verification + entry.Digest, entry.Source, LeastPatience + TimeSpan.FromSeconds(manifest.TotalBytes / BytesPerSecond));

    private long? TimeOf(TreeItem item, TreeManifest manifest, CacheEntry entry) =>
        store.Trees.TimesFor(entry, manifest)?.Of(manifest.Items.ToList().IndexOf(item));

    // What is found sound after all is simply copied again.
    private void PutAside(CacheEntry entry) => new CacheCheck(store).Verify(
        new CachedItem { Key = entry.Key, Source = entry.Source, IsDirectory = true, Digest = entry.Digest, Entry = entry }, context.Cancellation);
}
