using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Artifacts;

/// <summary>Puts a copy of an artifact where a request wants it.</summary>
internal sealed class ArtifactDelivery(CacheStore store, ArtifactRequest request, CancellationToken cancellation)
{
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
                CopyOut.File(Path.Combine(content.Path, item.Path), destination, item.IsExecutable, mode, cancellation,
                    isVerified ? item.Sha256 : null, item.Mode, TimeOf(item, manifest, content.Entry), extended: extended);
            }
            else
            {
                CopyOut.Tree(content.Path, manifest, destination, mode, cancellation, isVerified,
                    store.Trees.TimesFor(content.Entry, manifest), AttributesFor(content.Entry, manifest), request.KeepExtendedAttributes);
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

    private long? TimeOf(TreeItem item, TreeManifest manifest, CacheEntry entry) =>
        store.Trees.TimesFor(entry, manifest)?.Of(manifest.Items.ToList().IndexOf(item));

    // What is found sound after all is simply copied again.
    private void PutAside(CacheEntry entry) => new CacheCheck(store).Verify(
        new CachedItem { Key = entry.Key, Source = entry.Source, IsDirectory = true, Digest = entry.Digest, Entry = entry }, cancellation);
}
