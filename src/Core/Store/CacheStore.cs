using System;
using System.Collections.Concurrent;
using System.Globalization;
using System.IO;
using System.Text;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>
/// A user's cache on disk. Its parts are correct without any lock: whatever dies when, a reader finds the old state or
/// the new one.
/// </summary>
internal sealed class CacheStore
{
    // Of the layout as a whole; index/v1 has its own number, so that a later version can stand beside it.
    private const int Version = 1;
    private const string VersionPrefix = "ProcessDedup cache ";

    // bford.info/cachedir: backup programs leave such a directory out.
    private const string Tag =
        "Signature: 8a477f597d28d172789f06886806bc55\n# This directory holds what ProcessDedup can fetch or build again.\n";

    private static readonly ConcurrentDictionary<string, CacheStore> Known = new(StringComparer.Ordinal);

    private readonly CacheSalt _salt;

    private CacheStore(LockRoot locks)
    {
        Locks = locks;
        Layout = new StoreLayout(locks.RootDirectory);
        Index = new EntryIndex(Layout);
        Events = new EventJournal(Layout);
        Leases = new BlobLeases(Layout);
        Blobs = new BlobStore(Layout, Leases);
        Trees = new TreeStore(Layout, Leases);
        Verified = new VerifiedTrees(Layout);
        _salt = new CacheSalt(Layout);
    }

    public LockRoot Locks { get; }

    public StoreLayout Layout { get; }

    public EntryIndex Index { get; }

    public EventJournal Events { get; }

    public BlobLeases Leases { get; }

    public BlobStore Blobs { get; }

    public TreeStore Trees { get; }

    public VerifiedTrees Verified { get; }

    /// <summary>The cache below a root. In a root that several users share, each has a cache of its own.</summary>
    /// <exception cref="FetchException">It was made by a newer version, or cannot be made.</exception>
    /// <exception cref="LockException">The directory cannot be trusted.</exception>
    public static CacheStore Open(LockRoot root)
    {
        if (Known.TryGetValue(root.RootDirectory, out CacheStore? known) && File.Exists(known.Layout.VersionFile))
            return known;
        root.Prepare();
        LockRoot own = root.IsShared
            ? LockRoot.At(Path.Combine(root.RootDirectory, "cache-" + Libc.EffectiveUserId().ToString(CultureInfo.InvariantCulture)))
            : root;
        if (!ReferenceEquals(own, root))
            own.Prepare();
        // Anew also if the directory was removed since: what is remembered of it (leases, open files) is void.
        var store = new CacheStore(own);
        store.Prepare();
        return Known[root.RootDirectory] = store;
    }

    private void Prepare()
    {
        try
        {
            CheckVersion();
            foreach (string folder in new[]
            {
                Layout.Index, Layout.Blobs, Layout.Names, Layout.Trees, Layout.Partial, Layout.Staging, Layout.Failures,
                Layout.Hosts, Layout.Quarantine, Layout.Trash, Layout.Leases, Layout.Events, Layout.Git,
            })
            {
                FileSystem.CreatePrivateDirectory(folder);
            }

            if (!File.Exists(Layout.TagFile))
                FileSystem.WriteAtomically(Layout.TagFile, Encoding.UTF8.GetBytes(Tag), FileSystem.ReadableFile);
            // Last: a cache without it is prepared again.
            if (!HasVersion())
            {
                string text = VersionPrefix + Version.ToString(CultureInfo.InvariantCulture) + "\n";
                FileSystem.WriteAtomically(Layout.VersionFile, Encoding.UTF8.GetBytes(text), FileSystem.ReadableFile, isDurable: true);
            }
        }
        catch (PlatformException e)
        {
            throw FetchFailures.FromPlatform(Layout.Directory, e);
        }
    }

    // An empty one is what a power failure leaves of a file that is being made.
    private bool HasVersion() => FileSystem.TryGetFacts(Layout.VersionFile, out FileFacts facts) && facts.Size > 0;

    private void CheckVersion()
    {
        const int longest = 100;
        if (!HasVersion())
            return;
        byte[]? content = FileSystem.TryReadSmall(Layout.VersionFile, longest);
        string text = content is null ? string.Empty : Encoding.UTF8.GetString(content).Trim();
        if (!text.StartsWith(VersionPrefix, StringComparison.Ordinal)
            || !int.TryParse(text.AsSpan(VersionPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int version))
        {
            throw FetchFailures.NotACache(Layout.Directory, Layout.VersionFile);
        }

        if (version > Version)
            throw FetchFailures.NewerVersion(Layout.Directory, version, Version);
    }

    /// <inheritdoc cref="CacheSalt.Bytes"/>
    public byte[] Salt => _salt.Bytes;

    /// <summary>A new private directory for something in the making; its name says who makes it.</summary>
    public StagingDirectory NewStaging() => new(Layout);
}
