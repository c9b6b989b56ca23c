using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Text;
using System.Threading;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>
/// Who uses which content: a file a process, a digest a line. What a living process has been given is never pruned.
/// </summary>
/// <remarks>
/// A user writes its lease first and looks then whether a prune of that content is under way; a prune says first that it is
/// under way and looks for leases then. At least one of the two sees the other: the prune lets go, or the user waits for
/// the moment until it is over and looks then whether the content is there.
/// </remarks>
internal sealed class BlobLeases(StoreLayout layout)
{
    private const string Suffix = ".lease";
    private const string MarkSuffix = ".prune";
    private const int LongestFile = 64 * 1024 * 1024;

    // A container that is gone cannot be told from one that lives; after this long without a new lease it counts as gone.
    private static readonly TimeSpan Unknown = TimeSpan.FromDays(1);

    private static readonly TimeSpan LongestPrune = TimeSpan.FromSeconds(10);

    private readonly object _sync = new();
    private readonly Dictionary<ProcessIdentity, Owner> _owners = [];

    /// <summary>Notes that a process uses this content, as long as it lives. Cheap the second time.</summary>
    /// <exception cref="PlatformException">The lease cannot be written.</exception>
    public void Take(ProcessIdentity owner, string digest)
    {
        lock (_sync)
        {
            if (!_owners.TryGetValue(owner, out Owner? known))
                _owners.Add(owner, known = new Owner());
            if (known.Digests.Contains(digest))
                return;
            known.File ??= Open(owner);
            // Another process may have taken the file for one that nobody needs (a prune in another container).
            if (!File.Exists(known.File.FilePath))
            {
                known.File.Dispose();
                known.File = Open(owner);
                foreach (string earlier in known.Digests)
                    known.File.TryAppend(earlier);
            }

            if (!known.File.TryAppend(digest))
                throw new PlatformException(PlatformFault.NoSpace, "write", known.File.FilePath, Errno.NoSpace);
            known.Digests.Add(digest);
        }

        AwaitPrune(digest);
    }

    /// <summary>Says that content is about to be removed, until this is disposed of.</summary>
    /// <exception cref="PlatformException">That cannot be said: nothing may be removed.</exception>
    public IDisposable BeginPrune(string digest)
    {
        string mark = MarkOf(digest);
        FileSystem.CreatePrivateDirectory(layout.Leases);
        FileSystem.WriteAtomically(mark, Encoding.UTF8.GetBytes(OwnedName.New()), FileSystem.PrivateFile);
        return new PruneMark(mark);
    }

    /// <summary>A prune of one content takes a millisecond, unless its process was killed or stopped in it.</summary>
    private void AwaitPrune(string digest)
    {
        const int longestName = 200;
        string mark = MarkOf(digest);
        var clock = Stopwatch.StartNew();
        while (FileSystem.TryGetFacts(mark, out _) && clock.Elapsed < LongestPrune)
        {
            if (FileSystem.TryReadSmall(mark, longestName) is { } owner && OwnedName.IsOwnerGone(Encoding.UTF8.GetString(owner)))
                return;
            Thread.Sleep(1);
        }
    }

    private string MarkOf(string digest) => Path.Combine(layout.Leases, digest + MarkSuffix);

    private sealed class PruneMark(string file) : IDisposable
    {
        public void Dispose() => FileSystem.TryDelete(file);
    }

    private AppendOnlyFile Open(ProcessIdentity owner)
    {
        FileSystem.CreatePrivateDirectory(layout.Leases);
        return new AppendOnlyFile(Path.Combine(layout.Leases, OwnedName.Of(owner) + Suffix));
    }

    /// <summary>Everything that living processes use, as of now.</summary>
    public HashSet<string> ReadAll()
    {
        var used = new HashSet<string>(StringComparer.Ordinal);
        if (!Directory.Exists(layout.Leases))
            return used;
        foreach (string file in Directory.EnumerateFiles(layout.Leases, "*" + Suffix))
        {
            if (IsOver(file) || FileSystem.TryReadSmall(file, LongestFile) is not { } content)
                continue;
            foreach (string line in Encoding.UTF8.GetString(content).Split('\n'))
            {
                if (line.Length > 0)
                    used.Add(line);
            }
        }

        return used;
    }

    /// <summary>Removes the leases of processes that are gone. Only while pruning.</summary>
    public void DeleteOver()
    {
        if (!Directory.Exists(layout.Leases))
            return;
        foreach (string file in Directory.EnumerateFiles(layout.Leases, "*" + Suffix))
        {
            if (IsOver(file))
                FileSystem.TryDelete(file);
        }

        // Only one prune runs at a time: marks of others are those of dead ones.
        foreach (string mark in Directory.EnumerateFiles(layout.Leases, "*" + MarkSuffix))
            FileSystem.TryDelete(mark);
    }

    private static bool IsOver(string file)
    {
        string name = Path.GetFileNameWithoutExtension(file);
        return OwnedName.IsOwnerGone(name)
            || (!OwnedName.IsOwnerKnowable(name) && DateTime.UtcNow - File.GetLastWriteTimeUtc(file) > Unknown);
    }

    private sealed class Owner
    {
        public HashSet<string> Digests { get; } = new(StringComparer.Ordinal);

        public AppendOnlyFile? File { get; set; }
    }
}
