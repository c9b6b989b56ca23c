using System;
using System.Collections.Generic;
using Microsoft.Data.Sqlite;
using ProcessDedup.Platform;
using SQLitePCL;
using ProviderException = Microsoft.Data.Sqlite.SqliteException;

namespace ProcessDedup.Sqlite;

/// <summary>
/// One connection of Microsoft.Data.Sqlite. Statements go through the provider; BEGIN, COMMIT and ROLLBACK go to its handle, as
/// what they answer decides about the outcome. Neither waits by itself. Used by one thread at a time, but for
/// <see cref="Interrupt"/>.
/// </summary>
internal sealed partial class DatabaseConnection : IDisposable
{
    // SQLITE_DBCONFIG_DQS_DML and _DDL.
    private const int QuotedTextsInStatements = 1013, QuotedTextsInSchema = 1014;

    /// <summary>
    /// Makes the provider tell of the first busy code at once. It sleeps 150 ms and tries again until this time is over, and
    /// takes zero for a wait without end; less than nothing is over when it begins.
    /// </summary>
    public const int NoWait = -1;

    private readonly LentConnection _provider;
    private readonly sqlite3 _handle;
    private readonly Dictionary<string, sqlite3_stmt> _fixed = new(StringComparer.Ordinal);
    private readonly KeptStatements _kept = new();
    private TransactionGuard? _guard;

    private DatabaseConnection(LentConnection provider, SqlitePlace place)
    {
        (_provider, Place) = (provider, place);
        _handle = provider.Handle!;
    }

    public SqlitePlace Place { get; }

    /// <summary>Where an error of the next calls belongs to.</summary>
    public SqliteStage Stage { get; set; } = SqliteStage.Open;

    public bool Autocommit => raw.sqlite3_get_autocommit(_handle) != 0;

    public bool IsReadOnly => raw.sqlite3_db_readonly(_handle, "main") == 1;

    /// <summary>Rows that the last statement changed.</summary>
    public int Changes => raw.sqlite3_changes(_handle);

    /// <summary>Rows that all statements changed so far.</summary>
    public int TotalChanges => raw.sqlite3_total_changes(_handle);

    /// <summary>Pages that went to the database or its log so far, whatever became of them.</summary>
    public int PagesWritten => raw.sqlite3_db_status(_handle, raw.SQLITE_DBSTATUS_CACHE_WRITE, out int pages, out _, 0) == raw.SQLITE_OK ? pages : 0;

    /// <exception cref="SqliteFaultException">SQLite could not open it.</exception>
    public static DatabaseConnection Open(SqlitePlace place, bool mayCreate, bool allowsExtensions = false)
    {
        _ = SqliteLibrary.Current;
        string file = new SqliteConnectionStringBuilder
        {
            // An absolute path, and so no URI: a file called "file:x?mode=memory" is a file.
            DataSource = place.File,
            Mode = mayCreate ? SqliteOpenMode.ReadWriteCreate : SqliteOpenMode.ReadWrite,
            // Closing has to close: that is what heals the locks after a fault.
            Pooling = false,
        }.ToString();
        var provider = new LentConnection(file, place) { DefaultTimeout = NoWait, AllowsExtensions = allowsExtensions };
        try
        {
            PosixLockGuard.OpenDatabase(place.File, () =>
            {
                provider.Open();
                return true;
            });
        }
        catch (ProviderException e)
        {
            provider.Dispose();
            throw new SqliteFaultException(new SqliteFault(
                new SqliteCode(e.SqliteExtendedErrorCode), SqliteStage.Open, true, raw.sqlite3_errstr(e.SqliteErrorCode).utf8_to_string()));
        }

        var connection = new DatabaseConnection(provider, place);
        _ = raw.sqlite3_busy_timeout(connection._handle, 0);
        connection.TakeQuotedTexts();
        if (connection.IsOfAnotherFile)
        {
            connection.Dispose();
            throw new SqliteFaultException(new SqliteFault(
                new SqliteCode(SqliteCode.CannotOpenSymbolicLink), SqliteStage.Open, true, raw.sqlite3_errstr(raw.SQLITE_CANTOPEN).utf8_to_string()));
        }

        return connection;
    }

    /// <summary>
    /// Takes "text" for a text where there is no such column, as SQLite does by default. The bundled library is built without, the
    /// system's mostly with: a trigger of somebody else's database would fail or not by which of them is newer.
    /// </summary>
    private void TakeQuotedTexts()
    {
        _ = raw.sqlite3_db_config(_handle, QuotedTextsInStatements, 1, out _);
        _ = raw.sqlite3_db_config(_handle, QuotedTextsInSchema, 1, out _);
    }

    /// <summary>SQLite follows a link that has come in place of the file since it was looked at.</summary>
    private bool IsOfAnotherFile =>
        !OperatingSystem.IsWindows() && raw.sqlite3_db_filename(_handle, "main").utf8_to_string() is { Length: > 0 } file && file != Place.File;

    /// <summary>Runs one of the few statements that come again and again and return nothing.</summary>
    public SqliteCode Run(string sql)
    {
        SetOwnCall(true);
        try
        {
            return Step(sql);
        }
        finally
        {
            SetOwnCall(false);
        }
    }

    private SqliteCode Step(string sql)
    {
        if (!_fixed.TryGetValue(sql, out sqlite3_stmt? statement))
        {
            int prepared = raw.sqlite3_prepare_v2(_handle, sql, out statement);
            if (prepared != raw.SQLITE_OK)
                return CodeOf(prepared);
            _fixed.Add(sql, statement);
        }

        int code = raw.sqlite3_step(statement);
        SqliteCode answer = code is raw.SQLITE_DONE or raw.SQLITE_ROW ? SqliteCode.Ok : CodeOf(code);
        _ = raw.sqlite3_reset(statement);
        return answer;
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

    /// <summary>Runs one statement and reads all of its rows before it returns: no reader stays behind.</summary>
    /// <exception cref="SqliteFaultException">SQLite failed.</exception>
    /// <exception cref="SqliteException">The text or the values are wrong; nothing was run.</exception>
    public IReadOnlyList<SqliteRow> Read(string sql, SqliteParameters parameters, out bool isReading)
    {
        KeptStatement statement = _kept.TryTake(sql) ?? Make(sql);
        isReading = statement.Shape.IsReading;
        try
        {
            statement.Bind(sql, parameters);
            using SqliteDataReader reader = statement.Command.ExecuteReader();
            return Rows(reader);
        }
        catch (ProviderException e)
        {
            throw new SqliteFaultException(Fault(e));
        }
        finally
        {
            _kept.Return(sql, statement);
        }
    }

    /// <summary>Runs a text of several statements, one at a time; the first error ends it.</summary>
    public void RunScript(string script)
    {
        int code = raw.sqlite3_exec(_handle, script);
        if (code != raw.SQLITE_OK)
            throw new SqliteFaultException(Fault(CodeOf(code)));
    }

    /// <summary>For <see cref="StatementShape"/>.</summary>
    public sqlite3_stmt Prepare(string sql, out string tail)
    {
        int code = raw.sqlite3_prepare_v2(_handle, sql, out sqlite3_stmt statement, out tail);
        if (code != raw.SQLITE_OK)
            throw new SqliteFaultException(Fault(CodeOf(code)));
        tail ??= string.Empty;
        return statement;
    }

    public SqliteFault Fault(SqliteCode code) => new(code, Stage, Autocommit, raw.sqlite3_errmsg(_handle).utf8_to_string() ?? string.Empty);

    /// <summary>Ends whatever runs, from any thread.</summary>
    public void Interrupt() => raw.sqlite3_interrupt(_handle);

    /// <summary>Closes it; an open transaction is rolled back.</summary>
    public void Dispose()
    {
        foreach (sqlite3_stmt statement in _fixed.Values)
            statement.Dispose();
        _fixed.Clear();
        _kept.Dispose();
        if (_handle.IsClosed)
            return;
        _provider.End();
        PosixLockGuard.CloseDatabase(Place.File);
    }

    private KeptStatement Make(string sql)
    {
        StatementShape shape = StatementShape.Of(this, sql);
        return new KeptStatement(new SqliteCommand(shape.Text, _provider) { CommandTimeout = NoWait }, shape);
    }

    private static List<SqliteRow> Rows(SqliteDataReader reader)
    {
        var rows = new List<SqliteRow>();
        string[]? names = null;
        while (reader.Read())
        {
            names ??= Names(reader);
            object?[] values = new object?[names.Length];
            for (int i = 0; i < values.Length; i++)
                values[i] = reader.GetValue(i) is var value && value is DBNull ? null : value;
            rows.Add(new SqliteRow(names, values));
        }

        return rows;
    }

    private static string[] Names(SqliteDataReader reader)
    {
        string[] names = new string[reader.FieldCount];
        for (int i = 0; i < names.Length; i++)
            names[i] = reader.GetName(i);
        return names;
    }

    // The handle gives primary codes, as every user of the provider expects of it; it has the whole number beside.
    private SqliteCode CodeOf(int answer) =>
        raw.sqlite3_extended_errcode(_handle) is var extended && (extended & 0xff) == (answer & 0xff) ? new SqliteCode(extended) : new SqliteCode(answer);

    // SQLite's own words without the provider's, as long as they are still those of this error.
    private SqliteFault Fault(ProviderException e)
    {
        var code = new SqliteCode(e.SqliteExtendedErrorCode);
        return CodeOf(e.SqliteErrorCode) == code ? Fault(code) : new SqliteFault(code, Stage, Autocommit, e.Message);
    }
}
