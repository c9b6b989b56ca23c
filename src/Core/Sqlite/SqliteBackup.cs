using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using ProcessDedup.Locks;
using ProcessDedup.Platform;
using ProcessDedup.Retry;

namespace ProcessDedup.Sqlite;

/// <summary>What becomes of a file that has the name of a backup, and how long to try.</summary>
public sealed record SqliteBackupOptions
{
    /// <summary>Is a file that is there an error?</summary>
    public bool NoClobber { get; init; }

    /// <summary>Is a file replaced that is read-only, or is not a database that can be opened?</summary>
    public bool Force { get; init; }

    /// <summary>The budget for all waiting; zero waits for ever.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The lock at which writers of the database queue; the backup begins in its turn.</summary>
    public LockTarget? Gate { get; init; }

    /// <summary>Use a write-ahead log even where the file system's locks and shared memory cannot be relied on.</summary>
    public bool AllowNetworkFileSystem { get; init; }
}

/// <summary>A finished backup.</summary>
/// <param name="Path">The database.</param>
/// <param name="Destination">The full path of the backup.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="ElapsedSec">How many seconds it took, waiting included.</param>
/// <param name="Attempts">How often the copy was begun.</param>
/// <param name="WaitedSec">How many seconds were waited for others.</param>
public sealed record SqliteBackupResult(string Path, string Destination, long Size, double ElapsedSec, int Attempts, double WaitedSec);

/// <summary>
/// Copies a database that others write, as it is at one moment, by SQLite's online backup (https://sqlite.org/backup.html).
/// </summary>
/// <remarks>
/// The copy is made beside its destination, checked (quick_check), synced, and only then given its name: whatever is killed when, there
/// is the whole backup or what was there before. It is a single file with a rollback journal, whatever the source has, so
/// that it can also be opened where nothing may be written. Writers of a database with a log go on meanwhile; those of a
/// rollback journal wait at COMMIT until the copy is made.
/// </remarks>
public static class SqliteBackup
{
    /// <summary>Makes a backup.</summary>
    /// <param name="path">The database. It may be one that can only be read.</param>
    /// <param name="destination">The file, or an existing directory, in which it gets the name of the database.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellation">Ends it within milliseconds; the destination is as it was.</param>
    /// <exception cref="SqliteException">There is no backup; the destination is as it was.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static SqliteBackupResult Run(string path, string destination, SqliteBackupOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new SqliteBackupOptions();
        var clock = Stopwatch.StartNew();
        SqlitePlace source = SqlitePlace.Of(path);
        source.Check(mayCreate: false);
        var target = BackupTarget.Of(source, destination, options);
        var fit = new SqliteOptions
        {
            Mode = SqliteTransactionMode.Deferred,
            Create = false,
            Timeout = options.Timeout,
            AllowNetworkFileSystem = options.AllowNetworkFileSystem,
        };
        Deadline deadline = Deadline.After(fit.Budget);
        var wait = new SqliteWait(fit, deadline, cancellation);
        using var session = new SqliteSession(source, fit);
        _ = session.TakeTurn(deadline.Remaining, cancellation);
        try
        {
            session.Patience = wait;
            var run = new BackupRun(session, target, options.Gate, wait);
            run.Execute();
            return new SqliteBackupResult(source.Display, target.Place.File, target.Size(), Durations.Seconds(clock.Elapsed), run.Attempts, Durations.Seconds(wait.Waited));
        }
        catch (PlatformException e)
        {
            throw SqliteFailures.BackupFailed(source.Display, target.Place.Display, e);
        }
        finally
        {
            session.Close();
            session.Patience = null;
            session.EndTurn();
        }
    }
}

/// <summary>One backup, from the first try to the name of the finished copy.</summary>
internal sealed class BackupRun(SqliteSession session, BackupTarget target, LockTarget? gate, SqliteWait wait)
{
    private readonly Dictionary<int, int> _earlier = [];
    private readonly SqliteHolderWatch _watch = new(session.Place);

    /// <summary>How often the copy was begun.</summary>
    public int Attempts { get; private set; }

    public void Execute()
    {
        using UnfinishedBackup copy = Insist(session.Place, Copy);
        copy.TakeModeOf(session.Place);
        Publishing.Sync(copy.Place.File);
        Insist(target.Place, () => target.Publish(copy.Place));
    }

    private UnfinishedBackup Copy()
    {
        Attempts++;
        // Another file each time: a try that failed may have left pages.
        var copy = UnfinishedBackup.Beside(target.Place);
        try
        {
            Fill(copy);
            return copy;
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    private void Fill(UnfinishedBackup copy)
    {
        DatabaseConnection source = session.Connect();
        source.Stage = SqliteStage.Begin;
        using var stop = new StatementInterrupt(source, wait.Cancellation);
        LockLease? turn = wait.ForGate(gate);
        try
        {
            using DatabaseConnection backup = DatabaseConnection.Open(copy.Place, mayCreate: true);
            using var stopCheck = new StatementInterrupt(backup, wait.Cancellation);
            // Writers may go on once the moment of the copy is settled.
            source.CopyTo(backup, wait.Cancellation, () => turn?.Dispose());
            backup.Stage = SqliteStage.Body;
            // Before the check: the first page says what journal the source has, and a log would be made beside the copy.
            backup.Ask("PRAGMA journal_mode=DELETE");
            if (backup.Ask("PRAGMA quick_check(1)") is not "ok" and var damage)
                throw SqliteFailures.BackupDamaged(session.Place.Display, damage as string ?? string.Empty);
        }
        catch (SqliteFaultException e) when (e.Fault.Code == SqliteCode.Interrupt && wait.Cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(wait.Cancellation);
        }
        catch
        {
            // Its read transaction ends with it.
            session.Close();
            throw;
        }
        finally
        {
            turn?.Dispose();
        }
    }

    /// <summary>Repeats a step while others are in the way; nothing of it is to be seen until it has succeeded.</summary>
    private T Insist<T>(SqlitePlace of, Func<T> step)
    {
        for (; ; )
        {
            try
            {
                wait.Cancellation.ThrowIfCancellationRequested();
                return step();
            }
            catch (SqliteFaultException e)
            {
                if (!Prepare(e.Fault))
                {
                    throw SqliteFailures.BackupFailed(
                        session.Place, target.Place, e.Fault, Math.Max(Attempts, 1), wait.Waited, SqliteObstacle.Find(of, e.Fault, _watch));
                }
            }
        }
    }

    private bool Prepare(SqliteFault fault)
    {
        _earlier.TryGetValue(fault.Code.Number, out int earlier);
        _earlier[fault.Code.Number] = earlier + 1;
        switch (SqliteClassification.Of(fault.Code, SqliteStage.Begin, true, SqliteRole.Primary, earlier, session.Place.DirectoryExists))
        {
            case SqliteVerdict.Never:
                return false;
            case SqliteVerdict.Reopen or SqliteVerdict.Verify:
                session.DiscardAll();
                return wait.ForHandle(earlier + 1);
            default:
                return !_watch.Notice(fault) && wait.ForLock(earlier + 1);
        }
    }
}
