using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Sqlite;

/// <summary>
/// Where a backup goes. A database that has this name already is replaced only while nobody has it open: its users would go on
/// writing to a file without a name.
/// </summary>
internal sealed class BackupTarget
{
    private const int Writable = 0x92; // 0222

    private readonly SqliteBackupOptions _options;

    private BackupTarget(SqlitePlace place, SqliteBackupOptions options) => (Place, _options) = (place, options);

    public SqlitePlace Place { get; }

    /// <exception cref="SqliteException">The destination is not fit.</exception>
    public static BackupTarget Of(SqlitePlace source, string destination, SqliteBackupOptions options)
    {
        string file = Directory.Exists(destination) ? Path.Combine(destination, Path.GetFileName(source.File)) : destination;
        var target = new BackupTarget(SqlitePlace.Of(file), options);
        target.Place.Check(mayCreate: true);
        if (target.IsOf(source))
            throw SqliteFailures.BackupOntoItself(source.Display, target.Place.Display);
        target.CheckExisting();
        return target;
    }

    public long Size() => FileSystem.TryGetFacts(Place.File, out FileFacts facts) ? facts.Size : 0;

    /// <summary>Gives the finished copy its name.</summary>
    /// <exception cref="SqliteFaultException">The database that has the name is in use.</exception>
    /// <exception cref="SqliteException">It must not be replaced.</exception>
    /// <exception cref="PlatformException">The system refuses.</exception>
    public bool Publish(SqlitePlace copy)
    {
        if (!CheckExisting())
            PublishNew(copy);
        else
            Replace(copy);
        try
        {
            Publishing.Sync(Place.Directory);
            return true;
        }
        catch (PlatformException e)
        {
            throw SqliteFailures.BackupNameUnsynced(Place.Display, e);
        }
    }

    private bool IsOf(SqlitePlace source)
    {
        IEnumerable<string> files = SqliteQuarantine.Companions.Append(SqliteOptions.GateSuffix).Prepend(string.Empty).Select(c => source.File + c);
        return files.Contains(Place.File, StringComparer.Ordinal)
            || FileSystem.TryGetFacts(Place.File, out FileFacts there)
                && files.Any(f => FileSystem.TryGetFacts(f, out FileFacts facts) && facts.Identity.Equals(there.Identity));
    }

    /// <summary>Is there a file, which may be replaced as far as can be seen?</summary>
    private bool CheckExisting()
    {
        if (!FileSystem.TryGetFacts(Place.File, out FileFacts facts))
            return false;
        if (_options.NoClobber)
            throw SqliteFailures.BackupExists(Place.Display);
        // Replacing goes by the directory's permissions, which would pass over what the file says.
        bool isReadOnly = OperatingSystemKind.IsWindows ? new FileInfo(Place.File).IsReadOnly : (facts.Permissions & Writable) == 0;
        if (isReadOnly && !_options.Force)
            throw SqliteFailures.BackupProtected(Place.Display, Message.Of(Key.ReasonBackupTargetIsReadOnly));
        return true;
    }

    private void PublishNew(SqlitePlace copy)
    {
        // The log of a database that was removed: SQLite would take it for that of the new one.
        SqliteQuarantine.MoveCompanions(Place);
        try
        {
            if (!Publishing.TryLink(copy.File, Place.File))
                throw new SqliteFaultException(new SqliteFault(SqliteCode.Busy, SqliteStage.Open, true, Message.Of(Key.ReasonBackupTargetAppeared)));
        }
        catch (PlatformException) when (!FileSystem.TryGetFacts(Place.File, out _))
        {
            // No hard links here. The moment in which somebody else may come is short.
            Publishing.RenameOnly(copy.File, Place.File);
        }
    }

    /// <summary>With all locks of the database that is replaced, and after its log has gone into it.</summary>
    private void Replace(SqlitePlace copy)
    {
        if (OperatingSystemKind.IsWindows && _options.Force && new FileInfo(Place.File) is { IsReadOnly: true } file)
            file.IsReadOnly = false;
        DatabaseConnection? old = null;
        try
        {
            try
            {
                old = DatabaseConnection.Open(Place, mayCreate: false);
                old.Stage = SqliteStage.Begin;
                old.Ask("PRAGMA journal_mode=DELETE");
                old.Demand(old.IsReadOnly ? "BEGIN" : "BEGIN EXCLUSIVE");
            }
            catch (SqliteFaultException e) when (!e.Fault.Code.Matches(SqliteCode.Busy))
            {
                if (!_options.Force)
                    throw SqliteFailures.BackupProtected(Place.Display, Message.Of(Key.ReasonBackupTargetIsForeign, e.Fault.Code));
                SqliteQuarantine.MoveCompanions(Place);
            }

            CheckUsers(isOpenHere: old is not null);
            // Windows replaces no file that is open, not even by its own process.
            if (OperatingSystemKind.IsWindows)
                old?.Dispose();
            Publishing.RenameOnly(copy.File, Place.File);
        }
        finally
        {
            old?.Dispose();
        }
    }

    /// <summary>Who has a rollback journal has no lock between transactions, but the file.</summary>
    private void CheckUsers(bool isOpenHere)
    {
        string? users = PosixLockGuard.ConnectionsTo(Place.File) > (isOpenHere ? 1 : 0) ? Message.Of(Key.ReasonThisProcess)
            : ProcOpenFiles.FindOpeners(Place.File) is { Count: > 0 } others ? string.Join(", ", others.Select(id => $"PID {id}"))
            : null;
        if (users is not null)
        {
            throw new SqliteFaultException(
                new SqliteFault(SqliteCode.Busy, SqliteStage.Open, true, Message.Of(Key.ReasonBackupTargetIsOpen, Place.Display, users)));
        }
    }
}
