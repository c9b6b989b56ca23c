using System;
using System.Collections.Generic;
using System.Threading;
using ProcessDedup.Retry;
using ProcessDedup.Telemetry;

namespace ProcessDedup.Sqlite;

/// <summary>
/// Runs work again that uses SQLite through somebody else's library, when it fails with an error after which surely nothing
/// is committed. Its COMMIT cannot be seen from here, so that an error that may have come from it is never tried again.
/// </summary>
public static class ForeignTransaction
{
    /// <summary>The usual longest wait between two tries: opening and beginning anew costs more than a look at a lock.</summary>
    public static TimeSpan UsualMaxDelay => TimeSpan.FromMilliseconds(50);

    /// <summary>Runs the work until it succeeds or it is no use.</summary>
    /// <param name="options">Budget, attempts and delays; nothing else is looked at.</param>
    /// <param name="work">One transaction, or what may be done twice. Gets the number of the try, from 1.</param>
    /// <param name="property">How to read properties of errors.</param>
    /// <param name="reopen">Called before a try that needs new handles: what keeps connections open must close them.</param>
    /// <param name="cancellation">Ends waits.</param>
    /// <exception cref="SqliteException">It was given up, or its outcome is not known.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled between two tries.</exception>
    public static SqliteResult<T> Run<T>(
        SqliteOptions options, Func<int, T> work, ExceptionProperty property, Action<Exception> reopen, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(work);
        ArgumentNullException.ThrowIfNull(reopen);
        var wait = new SqliteWait(options, Deadline.After(options.Budget), cancellation);
        var earlier = new Dictionary<int, int>();
        for (int attempt = 1; ; attempt++)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                return new SqliteResult<T>(SqliteOutcome.Committed, work(attempt), attempt, wait.Waited, null);
            }
            catch (Exception e) when (IsOfSqlite(e, property, out SqliteCode code))
            {
                earlier.TryGetValue(code.Number, out int times);
                earlier[code.Number] = times + 1;
                SqliteVerdict verdict = SqliteClassification.OfForeign(code, times);
                if (verdict == SqliteVerdict.Verify)
                    throw SqliteFailures.ForeignUnknown(code, attempt, wait.Waited, e);
                if (verdict == SqliteVerdict.Never && times == 0)
                    throw;
                if (verdict == SqliteVerdict.Never || options.MaxAttempts > 0 && attempt >= options.MaxAttempts)
                    throw SqliteFailures.ForeignGivenUp(code, attempt, wait.Waited, e);
                if (verdict == SqliteVerdict.Reopen)
                    reopen(e);
                bool mayGoOn = SqliteClassification.IsRetriedAtOnce(code, times) ? !wait.Deadline.IsOver
                    : verdict == SqliteVerdict.Reopen ? wait.ForHandle(times + 1)
                    : wait.ForLock(times + 1);
                if (!mayGoOn)
                    throw SqliteFailures.ForeignGivenUp(code, attempt, wait.Waited, e);
                SqliteMeasures.Retried(code);
            }
        }
    }

    private static bool IsOfSqlite(Exception error, ExceptionProperty property, out SqliteCode code)
    {
        code = default;
        if (error is OperationCanceledException || ForeignSqliteError.Ours(error) is not null
            || ForeignSqliteError.Find(error, property) is not { } found)
        {
            return false;
        }

        code = found;
        return true;
    }
}
