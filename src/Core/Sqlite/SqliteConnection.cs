using System;
using System.Collections.Generic;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using SQLitePCL;

namespace ProcessDedup.Sqlite;

/// <summary>
/// One handle of SQLite with extended result codes and without any waiting of its own. Used by one thread at a time,
/// but for <see cref="Interrupt"/>.
/// </summary>
internal sealed partial class SqliteConnection : IDisposable
{
    // sqlite3.h; the constant is not in SQLitePCLRaw.
    private const int OpenNoFollow = 0x01000000;

    private readonly sqlite3 _handle;
    private readonly Dictionary<string, sqlite3_stmt> _fixed = new(StringComparer.Ordinal);
    private readonly PreparedStatements _prepared = new();

    private SqliteConnection(sqlite3 handle, SqlitePlace place) => (_handle, Place) = (handle, place);

    public SqlitePlace Place { get; }

    /// <summary>Where an error of the next calls belongs to.</summary>
    public SqliteStage Stage { get; set; } = SqliteStage.Open;

    public bool Autocommit => raw.sqlite3_get_autocommit(_handle) != 0;

    public bool IsReadOnly => raw.sqlite3_db_readonly(_handle, "main") == 1;

    public string Message => raw.sqlite3_errmsg(_handle).utf8_to_string() ?? string.Empty;

    /// <summary>Rows that the last statement changed.</summary>
    public int Changes => raw.sqlite3_changes(_handle);

    /// <summary>Rows that all statements changed so far.</summary>
    public int TotalChanges => raw.sqlite3_total_changes(_handle);

    /// <summary>Pages that went to the database or its log so far, whatever became of them.</summary>
    public int PagesWritten => raw.sqlite3_db_status(_handle, raw.SQLITE_DBSTATUS_CACHE_WRITE, out int pages, out _, 0) == raw.SQLITE_OK ? pages : 0;

    /// <exception cref="SqliteFaultException">SQLite could not open it.</exception>
    public static SqliteConnection Open(SqlitePlace place, bool mayCreate)
    {
        _ = SqliteLibrary.Current;
        // No URI: a file called "file:x?mode=memory" is a file.
        int flags = raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_FULLMUTEX | OpenNoFollow
            | (mayCreate ? raw.SQLITE_OPEN_CREATE : 0);
        (int code, sqlite3 handle) = PosixLockGuard.OpenDatabase(
            place.File, () => (raw.sqlite3_open_v2(place.File, out sqlite3 opened, flags, null), opened));
        if (code != raw.SQLITE_OK)
        {
            int extended = handle is null || handle.IsInvalid ? code : raw.sqlite3_extended_errcode(handle);
            string message = handle is null || handle.IsInvalid ? string.Empty : raw.sqlite3_errmsg(handle).utf8_to_string();
            handle?.Dispose();
            PosixLockGuard.CloseDatabase(place.File);
            throw new SqliteFaultException(new SqliteFault(new SqliteCode(extended), SqliteStage.Open, true, message));
        }

        _ = raw.sqlite3_extended_result_codes(handle, 1);
        _ = raw.sqlite3_busy_timeout(handle, 0);
        return new SqliteConnection(handle, place);
    }

    /// <summary>Runs one of the few statements that come again and again and return nothing.</summary>
    public SqliteCode Run(string sql)
    {
        if (!_fixed.TryGetValue(sql, out sqlite3_stmt? statement))
        {
            int prepared = raw.sqlite3_prepare_v2(_handle, sql, out statement);
            if (prepared != raw.SQLITE_OK)
                return new SqliteCode(prepared);
            _fixed.Add(sql, statement);
        }

        int code = raw.sqlite3_step(statement);
        if (code is raw.SQLITE_DONE or raw.SQLITE_ROW)
            code = raw.SQLITE_OK;
        _ = raw.sqlite3_reset(statement);
        return new SqliteCode(code);
    }

    /// <summary>As <see cref="Run"/>, but failing is an exception.</summary>
    public void Demand(string sql)
    {
        SqliteCode code = Run(sql);
        if (code != SqliteCode.Ok)
            throw new SqliteFaultException(Fault(code));
    }

    /// <summary>The first value of the first row; null without a row.</summary>
    public object? Ask(string sql, params object?[] values)
    {
        IReadOnlyList<SqliteRow> rows = Read(sql, SqliteParameters.Ordered(values), out _);
        return rows.Count > 0 && rows[0].Count > 0 ? rows[0][0] : null;
    }

    /// <summary>Prepares one statement, binds, and reads all of its rows before it returns: no reader stays behind.</summary>
    /// <exception cref="SqliteFaultException">SQLite failed.</exception>
    /// <exception cref="SqliteException">The text or the values are wrong; nothing was run.</exception>
    public IReadOnlyList<SqliteRow> Read(string sql, SqliteParameters parameters, out bool isReading)
    {
        sqlite3_stmt statement = _prepared.TryTake(sql) ?? Prepare(sql);
        try
        {
            Bind(statement, sql, parameters);
            isReading = raw.sqlite3_stmt_readonly(statement) != 0;
            return Rows(statement);
        }
        finally
        {
            _prepared.Return(sql, statement);
        }
    }

    private List<SqliteRow> Rows(sqlite3_stmt statement)
    {
        int columns = 0;
        string[]? names = null;
        var rows = new List<SqliteRow>();
        for (; ; )
        {
            int code = raw.sqlite3_step(statement);
            if (code == raw.SQLITE_DONE)
                return rows;
            if (code != raw.SQLITE_ROW)
                throw new SqliteFaultException(Fault(new SqliteCode(code)));
            // Only now: a changed schema may have prepared the statement again.
            names ??= Names(statement, columns = raw.sqlite3_column_count(statement));
            object?[] values = new object?[columns];
            for (int i = 0; i < columns; i++)
                values[i] = SqliteValue.Read(statement, i);
            rows.Add(new SqliteRow(names, values));
        }
    }

    /// <summary>Runs a text of several statements, one at a time; the first error ends it.</summary>
    public void RunScript(string script)
    {
        string rest = script;
        while (SqliteText.Start(rest) < rest.Length)
        {
            int code = raw.sqlite3_prepare_v2(_handle, rest, out sqlite3_stmt statement, out string tail);
            if (code != raw.SQLITE_OK)
                throw new SqliteFaultException(Fault(new SqliteCode(code)));
            using (statement)
            {
                do
                    code = raw.sqlite3_step(statement);
                while (code == raw.SQLITE_ROW);
            }

            if (code != raw.SQLITE_DONE)
                throw new SqliteFaultException(Fault(new SqliteCode(code)));
            rest = tail ?? string.Empty;
        }
    }

    public SqliteFault Fault(SqliteCode code) => new(code, Stage, Autocommit, Message);

    /// <summary>Ends whatever runs, from any thread.</summary>
    public void Interrupt() => raw.sqlite3_interrupt(_handle);

    /// <summary>Closes it; an open transaction is rolled back.</summary>
    public void Dispose()
    {
        foreach (sqlite3_stmt statement in _fixed.Values)
            statement.Dispose();
        _fixed.Clear();
        _prepared.Dispose();
        if (_handle.IsClosed)
            return;
        _handle.Dispose();
        PosixLockGuard.CloseDatabase(Place.File);
    }

    private sqlite3_stmt Prepare(string sql)
    {
        if (sql.Contains('\0'))
            throw SqliteFailures.StatementCount(Place.Display, sql, Messages.Message.Of(Key.ReasonStatementHasNul));
        if (SqliteText.Start(sql) == sql.Length)
            throw SqliteFailures.StatementCount(Place.Display, sql, Messages.Message.Of(Key.ReasonContainsNoStatement));
        int code = raw.sqlite3_prepare_v2(_handle, sql.Substring(SqliteText.Start(sql)), out sqlite3_stmt statement, out string tail);
        if (code != raw.SQLITE_OK)
            throw new SqliteFaultException(Fault(new SqliteCode(code)));
        if (tail is not null && SqliteText.Start(tail) is var start && start < tail.Length)
        {
            statement.Dispose();
            throw SqliteFailures.StatementCount(
                Place.Display, sql,
                    Messages.Message.Of(Key.ReasonContainsSeveralStatementsSecondBeginsAt, SqliteFailures.Shown(tail.Substring(start))));
        }

        return statement;
    }

    private static void Bind(sqlite3_stmt statement, string sql, SqliteParameters parameters)
    {
        int count = raw.sqlite3_bind_parameter_count(statement);
        var used = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (int i = 1; i <= count; i++)
        {
            string? name = raw.sqlite3_bind_parameter_name(statement, i).utf8_to_string();
            if (!parameters.TryGet(name, i, out object? value))
                throw SqliteFailures.ParameterMissing(sql, name ?? SqliteValue.Number(i));
            used.Add(SqliteParameters.Bare(name ?? string.Empty));
            int code = SqliteValue.Bind(statement, i, name, value);
            if (code != raw.SQLITE_OK)
                throw SqliteFailures.ParameterInvalid(name ?? SqliteValue.Number(i), Messages.Message.Of(Key.ReasonSqliteSays, new SqliteCode(code)));
        }

        if (!parameters.AreNamed && parameters.Count > count)
            throw SqliteFailures.ParameterSurplus(sql, SqliteValue.Number(count + 1));
        if (!parameters.AreNamed)
            return;
        foreach (KeyValuePair<string, object?> pair in parameters.All())
        {
            if (!used.Contains(SqliteParameters.Bare(pair.Key)))
                throw SqliteFailures.ParameterSurplus(sql, pair.Key);
        }
    }

    private static string[] Names(sqlite3_stmt statement, int columns)
    {
        string[] names = new string[columns];
        for (int i = 0; i < columns; i++)
            names[i] = raw.sqlite3_column_name(statement, i).utf8_to_string() ?? string.Empty;
        return names;
    }
}
