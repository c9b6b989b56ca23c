using System;
using System.Globalization;
using ProcessDedup.Locks;
using ProcessDedup.Platform;

namespace ProcessDedup.Sqlite;

/// <summary>
/// Moves a cache that is broken out of the way, so that the next opening makes a new one. Only a file that was marked as
/// ours when it was made, and only after another handle has found it broken as well.
/// </summary>
internal static class SqliteQuarantine
{
    // The log must be gone before the file: beside a new database it would be taken for the new one's.
    public static readonly string[] Companions = ["-wal", "-shm", "-journal"];

    public static bool IsDoubtful(SqliteCode code) => code.Matches(SqliteCode.Corrupt) || code.Matches(SqliteCode.NotADatabase);

    /// <summary>Held by the one process that moves a cache away or makes it anew.</summary>
    public static LockTarget LockOf(SqlitePlace place) => LockTarget.FromPath(place.File + ".rebuild");

    /// <summary>Moves away what is left beside a file that is gone.</summary>
    public static void MoveCompanions(SqlitePlace place) => MoveCompanions(place, NameOfBroken(place));

    /// <summary>Looks at the file with a new handle, alone among all processes that would do the same.</summary>
    public static void Examine(SqliteSession session, SqliteWait wait)
    {
        using LockLease? alone = SqliteGate.Take(LockOf(session.Place), wait.Deadline, wait.Cancellation);
        if (alone is null || !IsBroken(session))
            return;
        session.DiscardAll();
        Move(session.Place);
    }

    /// <summary>Where a broken file goes: beside it, with the moment in its name.</summary>
    private static string NameOfBroken(SqlitePlace place) => string.Format(
        CultureInfo.InvariantCulture, "{0}.broken-{1:yyyyMMdd'T'HHmmss'Z'}-{2:N}", place.File, DateTime.UtcNow, Guid.NewGuid());

    private static void Move(SqlitePlace place)
    {
        string target = NameOfBroken(place);
        MoveCompanions(place, target);
        TryRename(place.File, target);
    }

    private static void MoveCompanions(SqlitePlace place, string target)
    {
        foreach (string companion in Companions)
            TryRename(place.File + companion, target + companion);
    }

    private static void TryRename(string from, string to)
    {
        try
        {
            Publishing.RenameOnly(from, to);
        }
        catch (PlatformException)
        {
            // It is not there, or it cannot be moved: then the cache stays broken, and its users are told so.
        }
    }

    private static bool IsBroken(SqliteSession session)
    {
        bool isOurs = session.IsOurs;
        try
        {
            using DatabaseConnection connection = DatabaseConnection.Open(session.Place, mayCreate: false);
            isOurs |= SqliteSchema.IsOurs(connection);
            return connection.Ask("PRAGMA quick_check(1)") is not "ok" && isOurs;
        }
        catch (SqliteFaultException e)
        {
            return isOurs && IsDoubtful(e.Fault.Code);
        }
    }
}
