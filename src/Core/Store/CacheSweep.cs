using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Locks;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>Removes what crashes and time leave behind. Nothing that anybody still needs is touched, so it needs no lock.</summary>
internal sealed class CacheSweep(StoreLayout layout)
{
    // What a process of another boot or container left: after a day nobody is at work on it any more.
    private static readonly TimeSpan Abandoned = TimeSpan.FromDays(1);

    // Long enough to be looked at by people.
    private static readonly TimeSpan QuarantineAge = TimeSpan.FromDays(7);
    private static readonly TimeSpan FailureAge = TimeSpan.FromHours(1);
    private static readonly TimeSpan EventAge = TimeSpan.FromDays(30);

    // A mirror's time is that of the last fetch into it. Trees do not need it; what is gone is fetched anew.
    private static readonly TimeSpan MirrorAge = TimeSpan.FromDays(30);

    private const int DigestLength = 64;
    private static readonly string[] LockPrefixes = [OwnLocks.Flight, OwnLocks.Mirror, OwnLocks.Verification];

    /// <summary>Removes all of it.</summary>
    /// <param name="store">The cache.</param>
    /// <param name="times">The times and attributes of trees that records named when the prune began.</param>
    public void Run(CacheStore store, ISet<string> times)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        foreach (string path in Entries(layout.Trash))
            TreeRemoval.TryDelete(path);
        foreach (string path in Entries(layout.Staging))
        {
            string name = Path.GetFileName(path);
            if (OwnedName.IsOwnerGone(name) || (!OwnedName.IsOwnerKnowable(name) && IsOlder(path, Abandoned)))
                TreeRemoval.TryDelete(path);
        }

        foreach (string path in Entries(layout.Git))
        {
            if (IsOlder(path, MirrorAge))
                DeleteWhole(path);
        }

        DeleteOlder(layout.Quarantine, "*", QuarantineAge);
        DeleteOlder(layout.Failures, "*", FailureAge);
        DeleteOlder(layout.Hosts, "*", FailureAge);
        DeleteOlder(layout.Substituters, "*", FailureAge);
        // What a kill in the middle of an atomic write leaves beside its target.
        foreach (string shelf in Entries(layout.Index))
            DeleteOlder(shelf, "*.tmp", FailureAge);
        new PartialDownloads(layout.Directory).DeleteAbandoned(Abandoned);
        store.Leases.DeleteOver();
        DeleteManifestsWithoutTree();
        DeleteUnnamed(layout.Times, times);
        DeleteUnnamed(layout.Attributes, times);
        DeleteOldVerifications();
        // Links to what is gone; what a kill left of one that was being made leads somewhere.
        foreach (string link in Entries(layout.Final))
        {
            if ((!Directory.Exists(link) || link.EndsWith(".tmp", StringComparison.Ordinal)) && IsOlder(link, Abandoned))
                FileSystem.TryDelete(link);
        }

        foreach (LockTarget target in StaleLocks.Candidates(store.Locks))
        {
            if (LockPrefixes.Any(prefix => target.Display.StartsWith(prefix, StringComparison.Ordinal)))
                StaleLocks.Clear(target, StaleLocks.DefaultAge);
        }

        store.Events.DeleteBefore(now - EventAge);
    }

    // Out of sight first: half of a mirror would be taken for a damaged one.
    private void DeleteWhole(string path)
    {
        string trash = Path.Combine(layout.Trash, OwnedName.New());
        try
        {
            Publishing.RenameOnly(path, trash);
        }
        catch (PlatformException)
        {
            // Windows does not move what is open.
            return;
        }

        TreeRemoval.TryDelete(trash);
    }

    private void DeleteManifestsWithoutTree()
    {
        foreach (string shelf in Entries(layout.Trees))
        {
            foreach (string manifest in Directory.GetFiles(shelf, "*" + StoreLayout.ManifestSuffix))
            {
                string tree = manifest.Substring(0, manifest.Length - StoreLayout.ManifestSuffix.Length);
                if (!Directory.Exists(tree) && IsOlder(manifest, Abandoned))
                    FileSystem.TryDelete(manifest);
            }
        }
    }

    // A tree lives as long as one record names it, and may have been saved with other times every day.
    private static void DeleteUnnamed(string shelves, ISet<string> named)
    {
        foreach (string tree in Entries(shelves).SelectMany(Entries))
        {
            foreach (string times in Entries(tree))
            {
                if (!named.Contains(Path.GetFileName(times)) && IsOlder(times, Abandoned))
                    FileSystem.TryDelete(times);
            }

            if (Entries(tree).Length == 0)
                TryDeleteEmpty(tree);
        }
    }

    // A record counts in its own boot only; what a kill left of one has another name.
    private void DeleteOldVerifications()
    {
        foreach (string record in Entries(layout.Verified).SelectMany(Entries))
        {
            string digest = Path.GetFileName(record);
            bool isTree = digest.Length == DigestLength && Directory.Exists(layout.TreeDirectory(digest));
            if (!isTree && IsOlder(record, Abandoned))
                FileSystem.TryDelete(record);
        }
    }

    private static void TryDeleteEmpty(string directory)
    {
        try
        {
            Directory.Delete(directory);
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            // Somebody has just written into it.
        }
    }

    private static void DeleteOlder(string folder, string pattern, TimeSpan age)
    {
        foreach (string path in Directory.Exists(folder) ? Directory.GetFileSystemEntries(folder, pattern) : [])
        {
            if (IsOlder(path, age))
                TreeRemoval.TryDelete(path);
        }
    }

    private static bool IsOlder(string path, TimeSpan age) =>
        FileSystem.TryGetFacts(path, out FileFacts facts)
        && DateTimeOffset.UtcNow.ToUnixTimeSeconds() - facts.ModifiedUnixSeconds > age.TotalSeconds;

    private static string[] Entries(string folder) => Directory.Exists(folder) ? Directory.GetFileSystemEntries(folder) : [];
}
