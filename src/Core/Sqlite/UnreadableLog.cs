using System;
using System.IO;
using ProcessDedup.Platform;

namespace ProcessDedup.Sqlite;

/// <summary>
/// A database with a write-ahead log, its shared memory (-shm) missing or stale, and a reader that may not make it: SQLite only says
/// that it cannot open the file (https://sqlite.org/wal.html#readonly).
/// </summary>
internal static class UnreadableLog
{
    private const int ReadOnlyRecovery = 264, ReadOnlyCannotInit = 1288, ReadOnlyDirectory = 1544;

    // fileformat2.html, 1.3.3: the version that a reader must know; 2 is a log.
    private const int VersionOffset = 19;
    private const byte Log = 2;

    /// <summary>Is this why the error came?</summary>
    public static bool Is(SqlitePlace place, SqliteCode code) =>
        code.Number is ReadOnlyRecovery or ReadOnlyCannotInit
        || (code == SqliteCode.CannotOpen || code.Number == ReadOnlyDirectory) && !File.Exists(place.File + "-shm") && HasLog(place.File);

    private static bool HasLog(string file)
    {
        try
        {
            // As every file that this process reads, so that it drops no lock of a database.
            using FileStream stream = SourceFile.OpenStream(file);
            Span<byte> beginning = stackalloc byte[VersionOffset + 1];
            return stream.ReadAtLeast(beginning, beginning.Length, throwOnEndOfStream: false) == beginning.Length && beginning[VersionOffset] == Log;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
