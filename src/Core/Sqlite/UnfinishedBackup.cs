using System;
using System.IO;
using ProcessDedup.Platform;

namespace ProcessDedup.Sqlite;

/// <summary>
/// A copy under way, beside its destination and under a name of its own. Its process has a lock on it (flock(2), which SQLite does not
/// use), so that the next backup to the same place can remove what a killed one has left.
/// </summary>
internal sealed class UnfinishedBackup : IDisposable
{
    private const string Mark = ".backing-up-";

    // Until it is finished nobody else may read what perhaps only its owner may.
    private const uint Private = 0x180; // 0600
    private const int ReadAndWrite = 0x1B6; // 0666

    private readonly LockHandle _alive;

    private UnfinishedBackup(SqlitePlace place, LockHandle alive) => (Place, _alive) = (place, alive);

    public SqlitePlace Place { get; }

    /// <exception cref="PlatformException">The directory may not be written.</exception>
    public static UnfinishedBackup Beside(SqlitePlace destination)
    {
        RemoveAbandoned(destination);
        for (; ; )
        {
            SqlitePlace place = SqlitePlace.Of(destination.File + Mark + Guid.NewGuid().ToString("N"));
            LockHandle alive = LockHandle.Open(new NativePath(place.File), new LockOpening(Create: true, Private, AllowForeignOwner: false));
            // Between the two somebody may have taken it for one that is abandoned.
            if (alive.TryLock(KernelLock.Exclusive) && alive.IsCurrent())
                return new UnfinishedBackup(place, alive);
            alive.Dispose();
        }
    }

    /// <summary>Who may read and write the database may read and write its backup.</summary>
    public void TakeModeOf(SqlitePlace source)
    {
        if (!OperatingSystemKind.IsWindows && FileSystem.TryGetFacts(source.File, out FileFacts facts))
            Publishing.SetMode(Place.File, (uint)(facts.Permissions & ReadAndWrite));
    }

    public void Dispose()
    {
        Remove(Place.File);
        _alive.Dispose();
    }

    private static void RemoveAbandoned(SqlitePlace destination)
    {
        string pattern = Path.GetFileName(destination.File) + Mark;
        string[] files;
        try
        {
            files = Directory.GetFiles(destination.Directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A directory may be written to and not listed; they only take space.
            return;
        }

        foreach (string file in files)
        {
            string name = Path.GetFileName(file);
            if (name.StartsWith(pattern, StringComparison.Ordinal) && Guid.TryParseExact(name[pattern.Length..], "N", out _) && IsAbandoned(file))
                Remove(file);
        }
    }

    private static bool IsAbandoned(string file)
    {
        try
        {
            using LockHandle handle = LockHandle.Open(new NativePath(file), new LockOpening(Create: false, Private, AllowForeignOwner: true));
            return handle.TryLock(KernelLock.Exclusive);
        }
        catch (PlatformException e)
        {
            // It has got its name already, and its process was killed before it could take this one away.
            return e.Fault == PlatformFault.HardLinked;
        }
    }

    private static void Remove(string file)
    {
        foreach (string companion in SqliteQuarantine.Companions)
            FileSystem.TryDelete(file + companion);
        FileSystem.TryDelete(file);
    }
}
