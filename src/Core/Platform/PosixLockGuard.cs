using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;

namespace ProcessDedup.Platform;

/// <summary>
/// Opens and closes other people's files without dropping locks of this process. Closing any descriptor of a file drops all
/// POSIX locks that the process has on it (fcntl(2)); SQLite's locks are of that kind
/// (https://sqlite.org/howtocorrupt.html, 2.2). A descriptor of a file that is open as a database in this process is
/// therefore kept, and serves the next reader of the same file; it is closed when the database is.
/// </summary>
/// <remarks>
/// Databases of this library are known by <see cref="OpenDatabase{T}"/>. On Linux those of other libraries are found as well, in
/// /proc/self/fd; a file is looked up there only if it begins as a database or a log's shared memory, or is empty with a
/// journal or a log beside it. What another library opens in the microseconds between that look and the close is not seen.
/// </remarks>
internal static unsafe class PosixLockGuard
{
    private static readonly string[] Companions = ["", "-shm", "-wal", "-journal"];

    private static readonly object Sync = new();

    // Path without links, and how many connections have it open. The identity is the file's at the time of opening: it may
    // be renamed or removed since.
    private static readonly Dictionary<string, (int Connections, FileIdentity Identity)> Databases = new(StringComparer.Ordinal);

    private static readonly HashSet<int> Readers = [];
    private static readonly List<(FileIdentity Identity, int Descriptor)> Kept = [];

    /// <summary>How many descriptors wait for a database to be closed.</summary>
    public static int KeptCount
    {
        get
        {
            lock (Sync)
                return Kept.Count;
        }
    }

    /// <summary>Opens a database; nothing that this class has opened is closed at the same time.</summary>
    /// <param name="path">Its full path without links.</param>
    /// <param name="open">Opens it, without taking a lock on it yet.</param>
    public static T OpenDatabase<T>(string path, Func<T> open)
    {
        if (OperatingSystemKind.IsWindows)
            return open();
        lock (Sync)
        {
            T opened = open();
            int connections = Databases.TryGetValue(path, out (int Connections, FileIdentity Identity) known) ? known.Connections : 0;
            Databases[path] = (connections + 1, FileSystem.TryGetFacts(path, out FileFacts facts) ? facts.Identity : known.Identity);
            return opened;
        }
    }

    /// <summary>How many connections of this process to a database are open. Not known on Windows, where nothing depends on it.</summary>
    /// <param name="path">Its full path without links.</param>
    public static int ConnectionsTo(string path)
    {
        lock (Sync)
            return Databases.TryGetValue(path, out (int Connections, FileIdentity Identity) known) ? known.Connections : 0;
    }

    /// <summary>After a connection has been closed.</summary>
    public static void CloseDatabase(string path)
    {
        if (OperatingSystemKind.IsWindows)
            return;
        lock (Sync)
        {
            (int connections, FileIdentity identity) = Databases[path];
            if (connections > 1)
                Databases[path] = (connections - 1, identity);
            else
                Databases.Remove(path);
            CloseKept();
        }
    }

    /// <summary>open(2) without creation. The descriptor of an earlier reader may be given again, at its beginning.</summary>
    /// <returns>A descriptor for <see cref="Close"/>; negative: errno says why.</returns>
    public static int Open(NativePath path, int flags)
    {
        lock (Sync)
        {
            if (Kept.Count > 0 && TakeKept(path, flags) is { } kept)
                return kept;
        }

        int descriptor;
        fixed (byte* name = path.Bytes)
            descriptor = Libc.Open(name, flags);
        if (descriptor >= 0)
        {
            lock (Sync)
                Readers.Add(descriptor);
        }

        return descriptor;
    }

    /// <summary>close(2), at once or when it does no harm.</summary>
    /// <param name="descriptor">One that <see cref="Open"/> has given, or another of this process.</param>
    /// <param name="mayBeNewDatabase">Whether an empty file may be a database that another library is just making.</param>
    /// <returns>False: it was kept, with all that belongs to it, such as a lock of flock(2).</returns>
    public static bool Close(int descriptor, bool mayBeNewDatabase = true)
    {
        lock (Sync)
        {
            Readers.Remove(descriptor);
            if (TryIdentify(descriptor, out FileFacts facts) && IsInUse(descriptor, facts, mayBeNewDatabase))
            {
                Kept.Add((facts.Identity, descriptor));
                return false;
            }

            _ = Libc.Close(descriptor);
            if (Kept.Count > 0)
                CloseKept();
            return true;
        }
    }

    private static void CloseKept() => Kept.RemoveAll(kept =>
    {
        if (TryIdentify(kept.Descriptor, out FileFacts facts) && IsInUse(kept.Descriptor, facts, mayBeNewDatabase: true))
            return false;
        _ = Libc.Close(kept.Descriptor);
        return true;
    });

    private static int? TakeKept(NativePath path, int flags)
    {
        if ((flags & ~(Libc.OpenNonBlocking | Libc.OpenCloseOnExec | Libc.OpenNoFollow)) != Libc.OpenReadOnly)
            return null;
        string real = (flags & Libc.OpenNoFollow) != 0 ? path.Text : RealPath.Of(path.Text);
        if (!UnixFileFacts.TryGet(new NativePath(real), out FileFacts facts))
            return null;
        int index = Kept.FindIndex(k => k.Identity.Equals(facts.Identity));
        if (index < 0)
            return null;
        int descriptor = Kept[index].Descriptor;
        Kept.RemoveAt(index);
        _ = Libc.Seek(descriptor, 0, Libc.SeekSet);
        Readers.Add(descriptor);
        return descriptor;
    }

    private static bool TryIdentify(int descriptor, out FileFacts facts)
    {
        try
        {
            facts = UnixFileFacts.Of(descriptor, NativePath.Unnamed);
            return facts.Type == FileType.Regular;
        }
        catch (PlatformException)
        {
            facts = default;
            return false;
        }
    }

    private static bool IsInUse(int descriptor, in FileFacts facts, bool mayBeNewDatabase) =>
        IsKnownDatabase(facts.Identity)
        || OperatingSystemKind.IsLinux && (facts.Size == 0 ? mayBeNewDatabase && HasJournal(descriptor) : BeginsAsDatabase(descriptor)) && IsOpenElsewhere(descriptor, facts.Identity);

    private static bool IsKnownDatabase(FileIdentity identity)
    {
        foreach ((string path, (int _, FileIdentity known)) in Databases)
        {
            if (known.Equals(identity))
                return true;
            // The others come and go, so that only their names are known.
            foreach (string companion in Companions)
            {
                if (UnixFileFacts.TryGet(new NativePath(path + companion), out FileFacts facts) && facts.Identity.Equals(identity))
                    return true;
            }
        }

        return false;
    }

    // Trees are full of empty files, and looking through all descriptors for each would double the time of a walk.
    private static bool HasJournal(int descriptor) =>
        SymbolicLinks.TryRead(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{descriptor}")) is { } path
        && (UnixFileFacts.Exists(new NativePath(path + "-journal")) || UnixFileFacts.Exists(new NativePath(path + "-wal")));

    private static bool BeginsAsDatabase(int descriptor)
    {
        const int length = 16;
        byte* beginning = stackalloc byte[length];
        nint read = Libc.ReadAt(descriptor, beginning, length, 0);
        var content = new ReadOnlySpan<byte>(beginning, (int)Math.Max(read, 0));
        // fileformat2.html, 1.3; walformat.html, 2.1: the version of the shared memory, in this machine's order of bytes.
        const uint sharedMemory = 3007000;
        return content.SequenceEqual("SQLite format 3\0"u8)
            || content.Length >= sizeof(uint) && MemoryMarshal.Read<uint>(content) == sharedMemory;
    }

    private static bool IsOpenElsewhere(int descriptor, FileIdentity identity)
    {
        try
        {
            foreach (string entry in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
            {
                if (int.TryParse(Path.GetFileName(entry), NumberStyles.None, CultureInfo.InvariantCulture, out int other)
                    && other != descriptor
                    && !Readers.Contains(other)
                    && !Kept.Exists(k => k.Descriptor == other)
                    && TryIdentify(other, out FileFacts facts)
                    && facts.Identity.Equals(identity))
                {
                    return true;
                }
            }

            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No /proc: what cannot be known is taken for the worse.
            return true;
        }
    }
}
