using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>
/// Who uses which content: a file a process, a digest a line. What a living process has been given is never pruned.
/// </summary>
/// <remarks>
/// A reader writes its lease first and looks then whether the content is there; a prune renames the content away first
/// and looks for leases then, and puts it back if it finds one. Whichever order the two meet in, the reader has the
/// content, or sees that it is gone and gets it anew.
/// </remarks>
internal sealed class BlobLeases(StoreLayout layout)
{
    private const string Suffix = ".lease";
    private const int LongestFile = 64 * 1024 * 1024;

    // A container that is gone cannot be told from one that lives; after this long without a new lease it counts as gone.
    private static readonly TimeSpan Unknown = TimeSpan.FromDays(1);

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
