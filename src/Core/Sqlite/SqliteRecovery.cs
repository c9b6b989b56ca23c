using System;
using System.IO;
using System.Threading;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Sqlite;

/// <summary>
/// Makes a cache that is not there from its primary: a copy by SQLite's backup beside it, checked, marked as ours, and
/// given its name once it is whole. One process does it; the others wait, as long as their own time lasts.
/// </summary>
internal static class SqliteRecovery
{
    private const string Unfinished = ".recovering-";

    /// <exception cref="SqliteFaultException">Not now: somebody else is at it, or the system failed.</exception>
    /// <exception cref="SqliteException">The primary is of no use.</exception>
    public static void MakeIfMissing(SqliteSession session, SqliteOptions options, SqliteWait wait)
    {
        if (options.RecoverFrom is null || IsThere(session.Place.File) || !session.Place.DirectoryExists)
            return;
        using LockLease? alone = SqliteGate.Take(SqliteQuarantine.LockOf(session.Place), wait.Deadline, wait.Cancellation);
        if (alone is null)
        {
            throw new SqliteFaultException(wait.Deadline.IsOver
                ? new SqliteFault(SqliteCode.Busy, SqliteStage.Open, true, Message.Of(Key.ReasonAnotherProcessMakesDatabaseFromIts))
                : new SqliteFault(SqliteCode.CannotOpen, SqliteStage.Open, true, Message.Of(Key.ReasonLockOfRecoveryCannotBeHad)));
        }

        if (IsThere(session.Place.File))
            return;
        session.DiscardAll();
        RemoveUnfinished(session.Place);
        SqlitePlace copy = SqlitePlace.Of(session.Place.File + Unfinished + Guid.NewGuid().ToString("N"));
        try
        {
            Copy(options, session.Place, copy, wait.Cancellation);
            Publish(copy, session.Place);
        }
        finally
        {
            Remove(copy.File);
        }
    }

    private static bool IsThere(string file)
    {
        try
        {
            return FileSystem.TryGetFacts(file, out _);
        }
        catch (PlatformException)
        {
            // Whatever it is, opening tells.
            return true;
        }
    }

    private static void Copy(SqliteOptions options, SqlitePlace cache, SqlitePlace copy, CancellationToken cancellation)
    {
        SqlitePlace primary = SqlitePlace.Of(options.RecoverFrom!);
        try
        {
            primary.Check(mayCreate: false);
            using DatabaseConnection source = DatabaseConnection.Open(primary, mayCreate: false);
            using DatabaseConnection target = DatabaseConnection.Open(copy, mayCreate: true);
            source.CopyTo(target, cancellation);
            // A copy takes over what is broken in its source, and would be thrown away at its first use.
            if (target.Ask("PRAGMA quick_check(1)") is not "ok")
                throw SqliteFailures.RecoveryFailed(cache.Display, primary.Display, Message.Of(Key.ReasonDamaged), null);
            // The primary's journal came along with its first page. What is published is a single file.
            target.Ask("PRAGMA journal_mode=DELETE");
            SqliteSchema.Mark(target);
            SqliteSetup.ChooseJournalOfNew(target, options);
        }
        catch (SqliteFaultException e) when (SqliteQuarantine.IsDoubtful(e.Fault.Code))
        {
            throw SqliteFailures.RecoveryFailed(cache.Display, primary.Display, Message.Of(Key.ReasonDamagedCode, e.Fault.Code), e);
        }
        catch (SqliteException e) when (e.Error is SqliteError.SqliteCannotOpen or SqliteError.SqliteDirectoryMissing)
        {
            throw SqliteFailures.RecoveryFailed(cache.Display, primary.Display, Message.Of(Key.ReasonDoesNotExist), e);
        }
    }

    /// <summary>
    /// Gives the copy its name unless another process, which recovers nothing, has made a database meanwhile: a file that
    /// somebody has open must never be replaced.
    /// </summary>
    private static void Publish(SqlitePlace copy, SqlitePlace cache)
    {
        foreach (string companion in SqliteQuarantine.Companions)
        {
            if (IsThere(copy.File + companion))
                throw new SqliteFaultException(new SqliteFault(SqliteCode.IoError, SqliteStage.Open, true,
                    Message.Of(Key.ReasonCopyCouldNotBeClosed)));
        }

        SqliteQuarantine.MoveCompanions(cache);
        try
        {
            Publishing.TryLink(copy.File, cache.File);
        }
        catch (PlatformException)
        {
            // No hard links here. The lock keeps others like us away, and the moment in which somebody else comes is short.
            if (!IsThere(cache.File))
                Rename(copy.File, cache.File);
        }
    }

    private static void Rename(string from, string to)
    {
        try
        {
            Publishing.RenameOnly(from, to);
        }
        catch (PlatformException e)
        {
            throw new SqliteFaultException(new SqliteFault(SqliteCode.CannotOpen, SqliteStage.Open, true, e.Cause));
        }
    }

    /// <summary>Copies of processes that were killed; the lock says that nobody is at one.</summary>
    private static void RemoveUnfinished(SqlitePlace cache)
    {
        string pattern = Path.GetFileName(cache.File) + Unfinished;
        string[] files;
        try
        {
            files = Directory.GetFiles(cache.Directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A directory may be written to and not listed; they only take space.
            return;
        }

        foreach (string file in files)
        {
            if (Path.GetFileName(file).StartsWith(pattern, StringComparison.Ordinal))
                FileSystem.TryDelete(file);
        }
    }

    private static void Remove(string file)
    {
        foreach (string companion in SqliteQuarantine.Companions)
            FileSystem.TryDelete(file + companion);
        FileSystem.TryDelete(file);
    }
}
