using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Text;
using System.Threading;
using ProcessDedup.Platform;
using ProcessDedup.Retry;

namespace ProcessDedup.Store;

/// <summary>
/// Who uses which content: a file a process, a digest a line. What a living process has been given is never pruned.
/// </summary>
/// <remarks>
/// A reader writes its lease first and looks then whether the content is condemned; a prune condemns the content first
/// and looks for leases then. Whichever order the two meet in, the prune sees the lease and lets the content be, or the
/// reader waits for the verdict and sees that the content is gone. No path is given away that a prune may take.
/// </remarks>
internal sealed class BlobLeases(StoreLayout layout)
{
    private const string Suffix = ".lease";
    private const string MarkSuffix = ".condemned";
    private const int LongestName = 200;
    private const int LongestFile = 64 * 1024 * 1024;

    // A container that is gone cannot be told from one that lives; after this long without a new lease it counts as gone.
    private static readonly TimeSpan Unknown = TimeSpan.FromDays(1);

    // A prune takes two renames for it. One that is stopped just then must not stop everybody.
    private static readonly TimeSpan LongestVerdict = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LifeSign = TimeSpan.FromHours(1);

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
            known.File ??= Open(owner);
            // Removed by somebody who took this process for gone (a prune in another container), or with the whole cache.
            if (!File.Exists(known.File.FilePath))
            {
                known.File.Dispose();
                known.File = Open(owner);
                foreach (string earlier in known.Digests)
                    known.File.TryAppend(earlier);
            }

            if (known.Digests.Contains(digest))
            {
                known.ShowLife();
                return;
            }

            if (!known.File.TryAppend(digest))
                throw new PlatformException(PlatformFault.NoSpace, "write", known.File.FilePath, Errno.NoSpace);
            AwaitVerdict(digest);
            known.Digests.Add(digest);
        }
    }

    /// <summary>
    /// Marks content that nobody uses as about to go: who takes a lease on it from now on waits for
    /// <see cref="Pardon"/>. False, and no mark, if somebody uses it.
    /// </summary>
    public bool TryCondemn(string digest)
    {
        try
        {
            FileSystem.CreatePrivateDirectory(layout.Leases);
            FileSystem.WriteAtomically(
                MarkOf(digest), Encoding.UTF8.GetBytes(OwnedName.Of(ProcessIdentity.Current)), FileSystem.PrivateFile);
        }
        catch (PlatformException)
        {
            // A full disk: of all things a prune must work there. It looks for leases once more after the renames.
        }

        if (!ReadAll().Contains(digest))
            return true;
        Pardon(digest);
        return false;
    }

    /// <summary>The content is gone, or stays: whoever waits goes on.</summary>
    public void Pardon(string digest) => FileSystem.TryDelete(MarkOf(digest));

    private string MarkOf(string digest) => Path.Combine(layout.Leases, digest + MarkSuffix);

    private void AwaitVerdict(string digest)
    {
        string mark = MarkOf(digest);
        if (!File.Exists(mark))
            return;
        Deadline patience = Deadline.After(LongestVerdict);
        while (IsPending(mark) && !patience.IsOver)
            Thread.Sleep(1);
    }

    // By its age as well: of a prune in another container nobody knows here whether it lives.
    private static bool IsPending(string mark) =>
        FileSystem.TryReadSmall(mark, LongestName) is { } content
        && Encoding.UTF8.GetString(content) is var owner
        && OwnedName.IsOne(owner)
        && !OwnedName.IsOwnerGone(owner)
        && (DateTime.UtcNow - File.GetLastWriteTimeUtc(mark)).Duration() < LongestVerdict;

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

    /// <summary>Removes the leases of processes that are gone.</summary>
    public void DeleteOver()
    {
        if (!Directory.Exists(layout.Leases))
            return;
        foreach (string file in Directory.EnumerateFiles(layout.Leases, "*" + Suffix))
        {
            if (IsOver(file))
                FileSystem.TryDelete(file);
        }

        // Of prunes that were killed.
        foreach (string mark in Directory.EnumerateFiles(layout.Leases, "*" + MarkSuffix + "*"))
        {
            if (!IsPending(mark))
                FileSystem.TryDelete(mark);
        }
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

        private long _shownAt = Stopwatch.GetTimestamp();

        /// <summary>For those who can tell only by the file's age whether this process lives.</summary>
        public void ShowLife()
        {
            long now = Stopwatch.GetTimestamp();
            if ((now - _shownAt) / (double)Stopwatch.Frequency < LifeSign.TotalSeconds)
                return;
            _shownAt = now;
            File!.TryAppend(string.Empty);
        }
    }
}
