using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Fetch.Files;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>What a check of cached content found.</summary>
public enum ContentState
{
    /// <summary>It is what its digest says.</summary>
    Sound,

    /// <summary>It is not; it was moved into quarantine, and is fetched anew when it is asked for.</summary>
    Broken,

    /// <summary>Its record names content that is not there; the record was removed.</summary>
    Missing,

    /// <summary>It could not be read this time; it was left as it is.</summary>
    Unreadable,
}

/// <summary>A checked entry.</summary>
public sealed record VerifiedItem
{
    /// <summary>The entry as it was.</summary>
    internal CachedItem Item { get; init; } = new();

    /// <summary>Whence, without secrets.</summary>
    public string Source => Item.Source;

    /// <summary>Its key.</summary>
    public string Key => Item.Key;

    /// <summary>How it was got: "http", "file", "unpack", …; see <see cref="CachedItem.Kind"/>.</summary>
    public string Kind => Item.Kind;

    /// <summary>"sha256:" and the hash that it should have.</summary>
    public string? Digest => Item.Digest;

    /// <summary>How many bytes it has by its record.</summary>
    public long Size => Item.Size;

    /// <summary>What was found.</summary>
    public ContentState State { get; init; }

    /// <summary>What is wrong; null if it is sound.</summary>
    public string? Detail { get; init; }

    /// <summary>Where broken content is now.</summary>
    public string? QuarantinedAt { get; init; }
}

/// <summary>Reads cached content and compares it with its digest. What is broken is put into quarantine.</summary>
public sealed class CacheCheck
{
    private readonly CacheStore _store;
    private readonly Dictionary<string, VerifiedItem> _known = new(StringComparer.Ordinal);

    internal CacheCheck(CacheStore store) => _store = store;

    /// <summary>Checks an entry; content that several entries name is read once.</summary>
    /// <param name="item">As <see cref="FetchCache.List"/> gave it.</param>
    /// <param name="cancellation">Ends the check.</param>
    public VerifiedItem Verify(CachedItem item, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(item);
        string? digest = item.Entry.Digest;
        if (digest is null)
            return new VerifiedItem { Item = item };
        if (!_known.TryGetValue(digest, out VerifiedItem? found))
            _known.Add(digest, found = Look(item, digest, cancellation));
        if (found.State is ContentState.Broken or ContentState.Missing)
            RemoveRecord(item.Entry);
        return found with { Item = item };
    }

    private VerifiedItem Look(CachedItem item, string digest, CancellationToken cancellation)
    {
        string path = item.IsDirectory ? _store.Layout.TreeDirectory(digest) : _store.Layout.BlobFile(digest);
        if (item.IsDirectory ? !Directory.Exists(path) : !File.Exists(path))
            return new VerifiedItem { State = ContentState.Missing, Detail = Message.Of(Key.ReasonContentIsNotThere) };
        string? wrong;
        try
        {
            wrong = item.IsDirectory ? WrongTree(digest, cancellation) : WrongBlob(path, digest, cancellation);
        }
        catch (Exception e) when (e is PlatformException || ManagedFailures.IsAboutFiles(e))
        {
            // No descriptor left, a disk that fails just now: that says nothing about the content.
            return new VerifiedItem { State = ContentState.Unreadable, Detail = e is PlatformException known ? known.Cause : e.Message };
        }

        if (wrong is null)
            return new VerifiedItem { State = ContentState.Sound };
        if (!item.IsDirectory)
            TreeRemoval.TryDelete(_store.Layout.NamesOf(digest));
        return new VerifiedItem
        {
            State = ContentState.Broken,
            Detail = wrong,
            QuarantinedAt = Quarantine.Put(_store.Layout, path, $"{item.Source}\n{item.Digest}: {wrong}"),
        };
    }

    private static string? WrongBlob(string path, string digest, CancellationToken cancellation)
    {
        ContentHash found = FileHashing.Of(path, [ContentHash.Sha256], cancellation)[0];
        return found.Hex == digest ? null : Message.Of(Key.ReasonHashIs, found);
    }

    private string? WrongTree(string digest, CancellationToken cancellation)
    {
        const int shown = 3;
        try
        {
            IReadOnlyList<TreeDifference> differences = _store.Trees.Verify(digest, cancellation);
            return differences.Count == 0 ? null
                : string.Join(", ", differences.Take(shown).Select(d => $"{d.Path} {d.Kind.ToString().ToLowerInvariant()}"))
                    + (differences.Count > shown ? Message.Of(Key.ReasonAndMore, differences.Count - shown) : string.Empty);
        }
        catch (FetchException e)
        {
            // The manifest is garbage, or the tree holds what no tree may.
            return e.Cause;
        }
    }

    /// <summary>Not if it was renewed meanwhile: then it names content that was published since.</summary>
    private void RemoveRecord(CacheEntry entry)
    {
        if (_store.Index.Find(entry.Key) is { } now && now.Committed == entry.Committed)
            _store.Index.Remove(entry.Key);
    }
}
