using System;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Sqlite;

/// <content>Errors of backups. Where nothing else is said, the destination is as it was.</content>
internal static partial class SqliteFailures
{
    public static SqliteException BackupOntoItself(string path, string destination) => new(
        SqliteError.SqliteOptionsInvalid, destination, Message.Of(Key.SqliteBackupOntoItselfCause, Shown(destination), Shown(path)),
        Message.Of(Key.SqliteBackupOntoItselfNext));

    public static SqliteException BackupExists(string destination) => new(
        SqliteError.SqliteBackupTargetExists, destination, Message.Of(Key.SqliteBackupExistsCause, Shown(destination)), Message.Of(Key.SqliteBackupExistsNext));

    /// <summary>A file that only -Force replaces.</summary>
    public static SqliteException BackupProtected(string destination, string reason) => new(
        SqliteError.SqliteBackupTargetExists, destination, Message.Of(Key.SqliteBackupProtectedCause, Shown(destination), reason),
        Message.Of(Key.SqliteBackupProtectedNext));

    /// <summary>A copy takes over what is broken in its source.</summary>
    public static SqliteException BackupDamaged(string path, string damage) => new(
        SqliteError.SqliteCorrupt, path, Message.Of(Key.SqliteBackupDamagedCause, Shown(path), Sentence(damage)), Message.Of(Key.SqliteCorruptNext));

    public static SqliteException BackupFailed(
        SqlitePlace source, SqlitePlace destination, SqliteFault fault, int attempts, TimeSpan waited, SqliteObstacle? obstacle)
    {
        (SqliteError error, string next) = Kind(fault.Code);
        string cause = Message.Of(
            Key.SqliteBackupFailedCause, Shown(source.Display), Shown(destination.Display), fault.Code, attempts, attempts == 1 ? "try" : "tries",
            waited.TotalSeconds, Sentence(fault.Message), obstacle is null ? string.Empty : obstacle.Sentence + " ");
        return new SqliteException(error, destination.Display, cause, obstacle?.NextStep ?? next)
        {
            Code = fault.Code,
            Stage = fault.Stage,
            Attempts = attempts,
            Waited = waited,
            Holders = obstacle?.Holders ?? [],
        };
    }

    /// <summary>The one error after which the backup has its name.</summary>
    public static SqliteException BackupNameUnsynced(string destination, PlatformException e) => new(
        SqliteError.SqliteIoError, destination, Message.Of(Key.SqliteBackupNameUnsyncedCause, Shown(destination), e.Cause), Message.Of(Key.SqliteIoErrorNext), e);

    /// <summary>The system refused what SQLite has no part in: a sync, a name.</summary>
    public static SqliteException BackupFailed(string path, string destination, PlatformException e)
    {
        (SqliteError error, string next) = e.Fault switch
        {
            PlatformFault.NoSpace => (SqliteError.SqliteFull, Message.Of(Key.SqliteFullNext)),
            PlatformFault.AccessDenied or PlatformFault.ReadOnly => (SqliteError.SqliteReadOnly, Message.Of(Key.SqliteBackupReadOnlyNext)),
            _ => (SqliteError.SqliteIoError, Message.Of(Key.SqliteIoErrorNext)),
        };
        return new SqliteException(error, destination, Message.Of(Key.SqliteBackupSystemCause, Shown(path), Shown(destination), e.Cause), next, e);
    }
}
