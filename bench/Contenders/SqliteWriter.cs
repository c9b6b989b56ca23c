using System;
using System.Reflection;
using Microsoft.Data.Sqlite;
using ProcessDedup.Sqlite;
using SQLitePCL;

namespace ProcessDedup.Bench.Contenders;

/// <summary>One of the ways to put one row into a database that others write as well.</summary>
internal abstract class SqliteWriter : IDisposable
{
    public const string Ours = "ours", OursAlone = "ours-alone", Gate = "gate", BusyTimeout = "busy-timeout";
    public const string Provider = "provider", ProviderAutocommit = "provider-autocommit";

    /// <summary>Of Microsoft.Data.Sqlite, as its package has it.</summary>
    public static string ProviderVersion { get; } = typeof(Microsoft.Data.Sqlite.SqliteConnection).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    protected const string Create = "CREATE TABLE IF NOT EXISTS t(writer TEXT, n INTEGER)";
    protected const string Insert = "INSERT INTO t VALUES(?, ?)";

    /// <summary>One transaction; false if it ended in an error.</summary>
    public abstract bool Write(int n);

    public abstract void Dispose();

    /// <param name="way">One of the constants above.</param>
    /// <param name="journal">A journal mode of SQLite.</param>
    /// <param name="synchronous">FULL or NORMAL.</param>
    /// <param name="file">The database.</param>
    public static SqliteWriter Open(string way, string journal, string synchronous, string file)
    {
        if (way is not (Ours or OursAlone))
            raw.SetProvider(new SQLite3Provider_e_sqlite3());
        return way switch
        {
            Ours or OursAlone => new Core(journal, synchronous, file, way == Ours),
            Gate or BusyTimeout => new Bare(journal, synchronous, file, way == Gate),
            _ => new MicrosoftData(journal, synchronous, file, way == Provider),
        };
    }

    /// <summary>This project. Its durability follows from the role: NORMAL is a cache's, here with the patience of a primary.</summary>
    private sealed class Core(string journal, string synchronous, string file, bool hasGate) : SqliteWriter
    {
        private readonly SqliteRunner _runner = new(file, new SqliteOptions
        {
            Role = synchronous == "NORMAL" ? SqliteRole.Cache : SqliteRole.Primary,
            Timeout = TimeSpan.FromSeconds(60),
            Journal = journal == "WAL" ? SqliteJournal.WriteAheadLog : SqliteJournal.Rollback,
            Gate = hasGate ? SqliteOptions.GateBeside(file) : null,
            Schema = new SqliteSchema(Create),
        });

        public override bool Write(int n) =>
            _runner.Run(tx => tx.Execute(Insert, SqliteParameters.Ordered("w", n))).Outcome == SqliteOutcome.Committed;

        public override void Dispose() => _runner.Dispose();
    }

    /// <summary>SQLite's own interface, statements prepared once; with flock(2) around, or with its busy timeout.</summary>
    private sealed class Bare : SqliteWriter
    {
        private readonly sqlite3 _handle;
        private readonly sqlite3_stmt _begin, _insert, _commit;
        private readonly int _gate = -1;

        public Bare(string journal, string synchronous, string file, bool hasGate)
        {
            Demand(raw.sqlite3_open(file, out _handle));
            _ = raw.sqlite3_busy_timeout(_handle, 5000);
            foreach (string sql in new[] { $"PRAGMA journal_mode={journal}", $"PRAGMA synchronous={synchronous}", Create })
                Demand(raw.sqlite3_exec(_handle, sql));
            (_begin, _insert, _commit) = (Prepare("BEGIN IMMEDIATE"), Prepare(Insert), Prepare("COMMIT"));
            if (hasGate)
                _gate = NativeCalls.Open(file + ".flock");
        }

        public override bool Write(int n)
        {
            if (_gate >= 0)
                NativeCalls.Lock(_gate);
            try
            {
                if (!Step(_begin))
                    return false;
                _ = raw.sqlite3_bind_text(_insert, 1, "w");
                _ = raw.sqlite3_bind_int(_insert, 2, n);
                if (Step(_insert) && Step(_commit))
                    return true;
                _ = raw.sqlite3_exec(_handle, "ROLLBACK");
                return false;
            }
            finally
            {
                if (_gate >= 0)
                    NativeCalls.Unlock(_gate);
            }
        }

        public override void Dispose()
        {
            foreach (sqlite3_stmt statement in new[] { _begin, _insert, _commit })
                statement.Dispose();
            _handle.Dispose();
        }

        private static bool Step(sqlite3_stmt statement)
        {
            int code = raw.sqlite3_step(statement);
            _ = raw.sqlite3_reset(statement);
            return code == raw.SQLITE_DONE;
        }

        private sqlite3_stmt Prepare(string sql)
        {
            Demand(raw.sqlite3_prepare_v2(_handle, sql, out sqlite3_stmt statement));
            return statement;
        }

        private static void Demand(int code)
        {
            if (code != raw.SQLITE_OK)
                throw new InvalidOperationException($"SQLite: {code}");
        }
    }

    /// <summary>Microsoft.Data.Sqlite with its defaults, as its documentation shows it.</summary>
    private sealed class MicrosoftData : SqliteWriter
    {
        private readonly Microsoft.Data.Sqlite.SqliteConnection _connection;
        private readonly bool _hasTransaction;

        public MicrosoftData(string journal, string synchronous, string file, bool hasTransaction)
        {
            _hasTransaction = hasTransaction;
            _connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={file}");
            _connection.Open();
            foreach (string sql in new[] { $"PRAGMA journal_mode={journal}", $"PRAGMA synchronous={synchronous}", Create })
            {
                using SqliteCommand command = _connection.CreateCommand();
                command.CommandText = sql;
                command.ExecuteNonQuery();
            }
        }

        public override bool Write(int n)
        {
            try
            {
                // IMMEDIATE is its default.
                using Microsoft.Data.Sqlite.SqliteTransaction? transaction = _hasTransaction ? _connection.BeginTransaction() : null;
                using SqliteCommand command = _connection.CreateCommand();
                command.Transaction = transaction;
                command.CommandText = "INSERT INTO t VALUES(@w, @n)";
                command.Parameters.AddWithValue("@w", "w");
                command.Parameters.AddWithValue("@n", n);
                command.ExecuteNonQuery();
                transaction?.Commit();
                return true;
            }
            catch (Microsoft.Data.Sqlite.SqliteException)
            {
                return false;
            }
        }

        public override void Dispose() => _connection.Dispose();
    }
}
