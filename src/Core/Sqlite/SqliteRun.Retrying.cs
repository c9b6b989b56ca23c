using System;
using System.Diagnostics;

namespace ProcessDedup.Sqlite;

/// <summary>What follows an error: the same call again, another try, or nothing more.</summary>
internal sealed partial class SqliteRun<T>
{
    private string Begin => options.Mode switch
    {
        SqliteTransactionMode.Deferred when !_isUnsettled => "BEGIN DEFERRED",
        SqliteTransactionMode.Exclusive => "BEGIN EXCLUSIVE",
        _ => "BEGIN IMMEDIATE",
    };

    /// <summary>Repeats one call as long as somebody else is in the way and the time lasts.</summary>
    private SqliteFault? Insist(DatabaseConnection connection, string sql, Stopwatch clock)
    {
        for (int looks = 1; ; looks++)
        {
            SqliteCode code = connection.Run(sql);
            if (code == SqliteCode.Ok)
                return null;
            SqliteFault fault = connection.Fault(code);
            SqliteVerdict verdict = SqliteClassification.Of(code, fault.Stage, fault.Autocommit, options.Role);
            // At COMMIT the locks are this transaction's own.
            bool isStray = fault.Stage != SqliteStage.Commit && (session.IsDiscarded || IsStray(fault));
            if (verdict != SqliteVerdict.RetryInPlace
                || isStray
                || options.BusyTimeout > TimeSpan.Zero && clock.Elapsed >= options.BusyTimeout
                || _watch.Notice(fault)
                || !wait.ForLock(looks))
            {
                return fault;
            }
        }
    }

    private bool IsStray(SqliteFault busy) => _hasStrayLock = _stray.Notice(busy);

    /// <summary>Does what the verdict says; false if there is to be no further try.</summary>
    private bool Prepare(SqliteFault fault)
    {
        // Not a try of the transaction: nothing of it has happened, and with another handle it would not have been refused.
        if (fault.Code.Matches(SqliteCode.Busy) && fault.Stage != SqliteStage.Commit
            && (session.IsDiscarded || _hasStrayLock || IsStray(fault)))
        {
            if (!session.IsDiscarded)
                session.DiscardAll();
            _hasStrayLock = false;
            _attempts--;
            return !wait.Deadline.IsOver;
        }

        _earlier.TryGetValue(fault.Code.Number, out int earlier);
        _earlier[fault.Code.Number] = earlier + 1;
        SqliteVerdict verdict = SqliteClassification.Of(
            fault.Code, fault.Stage, fault.Autocommit, options.Role, earlier, session.Place.DirectoryExists);
        // Somebody in the way while the file is opened does not make a try of the transaction.
        bool isTry = fault.Stage != SqliteStage.Open || verdict != SqliteVerdict.RetryInPlace;
        if (verdict == SqliteVerdict.Never || isTry && options.MaxAttempts > 0 && _attempts >= options.MaxAttempts)
            return false;
        if (_watch.Notice(fault))
            return false;
        // Without a token a second transaction might be a second copy.
        if (_isUnsettled && !_hasToken)
            return false;
        if (verdict is SqliteVerdict.Reopen or SqliteVerdict.Verify)
        {
            session.DiscardAll();
            // To make it anew is work, and nobody is waited for: the time may be over because the machine was busy with others.
            bool isBrokenCache = options.Role == SqliteRole.Cache && SqliteQuarantine.IsDoubtful(fault.Code);
            if (!wait.ForHandle(earlier + 1) && !isBrokenCache)
                return false;
            if (isBrokenCache)
                SqliteQuarantine.Examine(session, wait);
            return true;
        }

        if (SqliteClassification.IsRetriedAtOnce(fault.Code, earlier))
            return !wait.Deadline.IsOver;
        return wait.ForLock(earlier + 1);
    }
}
