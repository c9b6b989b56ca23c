using System;
using System.Collections.Generic;
using System.Data;
using System.Linq;
using System.Threading;
using Dapper;
using Microsoft.Data.Sqlite;
using ProcessDedup.Sqlite;
using ProcessDedup.Tests.Harness;
using SQLitePCL;
using Xunit;
using ProviderException = Microsoft.Data.Sqlite.SqliteException;
using SqliteException = ProcessDedup.Sqlite.SqliteException;
using SqliteTransaction = ProcessDedup.Sqlite.SqliteTransaction;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>What a block does on the provider's connection is part of its transaction, and cannot end it.</summary>
public sealed class LentConnectionTests : IDisposable
{
    private readonly TestDirectory _place = new();
    private readonly Table _table;
    private readonly SqliteRunner _runner;

    public LentConnectionTests()
    {
        _table = new Table(_place);
        _runner = _table.Runner();
    }

    public void Dispose()
    {
        _runner.Dispose();
        _place.Dispose();
    }

    private sealed record Job(string Writer, long N);

    [Fact]
    public void Dapper_and_DataTable_work_on_it()
    {
        SqliteResult<DataTable> result = _runner.Run(tx =>
        {
            tx.Connection.Execute("INSERT INTO t VALUES(@Writer, @N)", new[] { new Job("a", 1), new Job("a", 2) });
            Table.Insert(tx, "a", 3);
            Assert.Equal([1L, 2L, 3L], tx.Connection.Query<Job>("SELECT * FROM t ORDER BY n").Select(j => j.N));
            Assert.Equal(3, tx.Connection.ExecuteScalar<long>("SELECT count(*) FROM t WHERE writer = @w", new { w = "a" }));
            using IDbCommand command = tx.Connection.CreateCommand();
            command.CommandText = "SELECT * FROM t ORDER BY n";
            var rows = new DataTable();
            rows.Load(command.ExecuteReader());
            return rows;
        });
        Assert.Equal((SqliteOutcome.Committed, 1), (result.Outcome, result.Attempts));
        Assert.Equal(3, result.Value!.Rows.Count);
        Assert.Equal(3, _table.Count("a"));
    }

    [Fact]
    public void An_error_of_the_block_rolls_back_what_it_wrote_there()
    {
        Assert.Throws<InvalidOperationException>(() => _runner.Run(tx =>
        {
            tx.Connection.Execute("INSERT INTO t VALUES('a', 1)");
            throw new InvalidOperationException();
        }));
        Assert.Equal(0, _table.Count("a"));
        ProviderException refused = Assert.Throws<ProviderException>(() => _runner.Run(tx =>
        {
            Table.Insert(tx, "a");
            tx.Connection.Execute("CREATE TABLE u(x UNIQUE); INSERT INTO u VALUES(1); INSERT INTO u VALUES(1)");
        }));
        Assert.Equal((19, 2067), (refused.SqliteErrorCode, refused.SqliteExtendedErrorCode));
        Assert.Equal(0, _table.Count("a"));
    }

    [Theory]
    [InlineData("COMMIT")]
    [InlineData("ROLLBACK")]
    [InlineData("END; BEGIN")]
    [InlineData("BEGIN DEFERRED")]
    public void It_neither_begins_nor_ends_a_transaction(string sql)
    {
        SqliteException e = Assert.Throws<SqliteException>(() => _runner.Run(tx =>
        {
            tx.Connection.Execute("INSERT INTO t VALUES('a', 1)");
            tx.Connection.Execute(sql);
        }));
        Assert.Equal(SqliteError.SqliteTransactionControl, e.Error);
        Assert.Equal(0, _table.Count("a"));
    }

    [Fact]
    public void A_block_that_catches_the_refusal_is_still_in_its_transaction()
    {
        _runner.Run(tx =>
        {
            tx.Connection.Execute("INSERT INTO t VALUES('a', 1)");
            Assert.Throws<ProviderException>(() => tx.Connection.Execute("COMMIT"));
            Assert.Throws<ProviderException>(() => tx.Connection.Execute("ROLLBACK"));
            Assert.Throws<SqliteException>(() => tx.Connection.BeginTransaction());
            tx.Connection.Execute("SAVEPOINT s; INSERT INTO t VALUES('b', 1); ROLLBACK TO s; RELEASE s");
        });
        Assert.Equal((1, 0), (_table.Count("a"), _table.Count("b")));
    }

    [Fact]
    public void Nothing_is_committed_on_its_own_after_an_error_that_has_ended_the_transaction()
    {
        // Beforehand: a rollback of the schema would have the statements prepared again.
        _runner.Run(tx => tx.Connection.Execute("CREATE TABLE u(x UNIQUE); INSERT INTO u VALUES(1)"));
        // Asserted afterwards: what fails in the block is what the transaction fails with.
        var refused = new List<Exception?>();
        Assert.ThrowsAny<Exception>(() => _runner.Run(tx =>
        {
            SqliteConnection connection = tx.Connection;
            using SqliteCommand ready = connection.CreateCommand();
            ready.CommandText = "INSERT INTO t VALUES('late', 1)";
            ready.ExecuteNonQuery();
            // Made past CreateCommand, so that only SQLite's own hook is left.
            using var unseen = new SqliteCommand("INSERT INTO t VALUES('late', 3)", connection);
            unseen.ExecuteNonQuery();
            refused.Add(Record.Exception(() => connection.Execute("INSERT OR ROLLBACK INTO u VALUES(1)")));
            refused.Add(Record.Exception(() => unseen.ExecuteNonQuery()));
            refused.Add(Record.Exception(() => ready.ExecuteNonQuery()));
            refused.Add(Record.Exception(() => connection.Execute("INSERT INTO t VALUES('late', 2)")));
            using var own = new SqliteCommand("INSERT INTO t VALUES('late', 4)", connection);
            refused.Add(Record.Exception(() => own.ExecuteNonQuery()));
        }));
        Assert.Equal(0, _table.Count("late"));
        Assert.Equal(5, refused.Count);
        Assert.All(refused, e => Assert.True(e is ProviderException or SqliteException, $"{e}"));
    }

    [Fact]
    public void Closing_it_is_refused_when_the_block_has_ended()
    {
        SqliteException e = Assert.Throws<SqliteException>(() => _runner.Run(tx =>
        {
            using SqliteConnection connection = tx.Connection;
            connection.Execute("INSERT INTO t VALUES('a', 1)");
        }));
        Assert.Equal(SqliteError.SqliteTransactionControl, e.Error);
        Assert.Equal(0, _table.Count("a"));
    }

    [Fact]
    public void Kept_beyond_the_block_it_is_closed_and_stays_closed()
    {
        SqliteConnection? kept = null;
        SqliteCommand? command = null;
        SqliteTransaction? transaction = null;
        _runner.Run(tx =>
        {
            (kept, transaction) = (tx.Connection, tx);
            command = kept.CreateCommand();
            command.CommandText = "INSERT INTO t VALUES('late', 1)";
        });
        Assert.Equal(ConnectionState.Closed, kept!.State);
        Assert.Throws<InvalidOperationException>(() => command!.ExecuteNonQuery());
        Assert.Throws<SqliteException>(() => kept.Open());
        Assert.Throws<SqliteException>(() => transaction!.Connection);
        Assert.Equal(0, _table.Count("late"));
    }

    [Fact]
    public void A_reader_that_is_left_open_is_ended_with_the_block()
    {
        SqliteResult<bool> result = _runner.Run(tx =>
        {
            Table.Insert(tx, "a");
            Open(tx, "INSERT INTO t VALUES('b', 1), ('b', 2) RETURNING n");
            Open(tx, "SELECT 1 UNION SELECT 2; INSERT INTO t VALUES('c', 1)");
        });
        // The provider runs the rest of a text when its reader is closed: here before COMMIT, not after it.
        Assert.Equal((1, 1, 2, 1), (result.Attempts, _table.Count("a"), _table.Count("b"), _table.Count("c")));

        static void Open(SqliteTransaction tx, string sql)
        {
            SqliteCommand command = tx.Connection.CreateCommand();
            command.CommandText = sql;
            Assert.True(command.ExecuteReader().Read());
        }
    }

    [Theory]
    [InlineData("wal")]
    [InlineData("delete")]
    public void A_busy_database_is_told_at_once_and_the_block_runs_again(string journal)
    {
        var table = new Table(_place, journal + ".db");
        using (SqliteRunner first = table.Runner(journal))
            first.Run(tx => Table.Insert(tx, "first"));
        using Peer peer = Peer.Sqlite(_place, "hold", table.File, "IMMEDIATE").Expect("HELD");
        using SqliteRunner runner = table.Runner(journal, o => o with { Mode = SqliteTransactionMode.Deferred });
        int steps = 0, ofWait = 0, ofDefault = 0;
        SqliteResult<bool> result = runner.Run(tx =>
        {
            if (tx.Attempt == 2)
            {
                peer.Say("go");
                peer.Expect("RELEASED");
            }

            // SQLite asks at the end of each step, if not more often.
            delegate_progress count = _ =>
            {
                steps++;
                return 0;
            };
            raw.sqlite3_progress_handler(tx.Connection.Handle, 1, count, null);
            tx.Connection.ExecuteScalar<long>("SELECT count(*) FROM t");
            if (tx.Attempt == 1)
            {
                // A block that asks for the provider's own wait gets it: it sleeps and begins the statement again.
                int before = steps;
                Assert.Throws<ProviderException>(() => tx.Connection.Execute("INSERT INTO t VALUES('a', 1)", commandTimeout: 1));
                ofWait = steps - before;
                before = steps;
                // Else the first refusal is told, and counts even where the block takes no notice.
                using var unseen = new SqliteCommand("INSERT INTO t VALUES('a', 1)", tx.Connection);
                Assert.Throws<ProviderException>(() => unseen.ExecuteNonQuery());
                ofDefault = steps - before;
                return;
            }

            tx.Connection.Execute("INSERT INTO t VALUES('a', 1)");
        });
        Assert.Equal((SqliteOutcome.Committed, 2), (result.Outcome, result.Attempts));
        Assert.Equal(1, table.Count("a"));
        // Not in the block, where what fails after a refusal is tried again.
        Assert.True(3 * ofDefault < ofWait, $"{ofDefault} steps without a wait, {ofWait} with one");
    }

    [Fact]
    public void Cancellation_ends_a_statement_on_it()
    {
        using var cancellation = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => _runner.Run(
            tx =>
            {
                tx.Connection.CreateFunction("cancel", () =>
                {
                    cancellation.Cancel();
                    return 0;
                });
                tx.Connection.Execute("INSERT INTO t VALUES('a', 1)");
                tx.Connection.ExecuteScalar("WITH RECURSIVE n(i) AS (SELECT cancel() UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n");
            },
            cancellation.Token));
        Assert.Equal(0, _table.Count("a"));
    }

    [Fact]
    public void A_new_handle_is_prepared_before_each_try()
    {
        int prepared = 0;
        using SqliteRunner runner = _table.Runner(change: o => o with
        {
            Initialize = connection =>
            {
                prepared++;
                connection.CreateFunction("twice", (long n) => 2 * n);
                connection.CreateCollation("backwards", (a, b) => string.CompareOrdinal(b, a));
            },
        });
        for (int i = 1; i <= 2; i++)
        {
            Assert.Equal(42L, runner.Run(tx => tx.Query("SELECT twice(21)")[0][0]).Value);
            Assert.Equal("b", runner.Run(tx => tx.Connection.ExecuteScalar<string>("SELECT x FROM (SELECT 'a' AS x UNION SELECT 'b') ORDER BY x COLLATE backwards LIMIT 1")).Value);
            Assert.Equal(i, prepared);
        }
    }

    [Fact]
    public void What_prepares_a_handle_leaves_no_transaction_open_and_does_not_close_it()
    {
        _runner.Run(tx => Table.Insert(tx, "first"));
        foreach (Action<SqliteConnection> wrong in new Action<SqliteConnection>[] { c => c.Execute("BEGIN DEFERRED"), c => c.Close() })
        {
            using SqliteRunner runner = _table.Runner(change: o => o with { Initialize = wrong });
            Assert.Equal(SqliteError.SqliteTransactionControl, Assert.Throws<SqliteException>(() => runner.Run(tx => Table.Insert(tx, "a"))).Error);
        }

        Assert.Equal(0, _table.Count("a"));
    }

    [Fact]
    public void Extensions_are_loaded_only_where_that_is_allowed()
    {
        Assert.Equal(SqliteError.SqliteOptionsInvalid, Assert.Throws<SqliteException>(() => _runner.Run(tx => tx.Connection.EnableExtensions())).Error);
        Assert.Equal(SqliteError.SqliteOptionsInvalid, Assert.Throws<SqliteException>(() => _runner.Run(tx => tx.Connection.LoadExtension("x"))).Error);
        Assert.Throws<ProviderException>(() => _runner.Run(tx => tx.Connection.Execute("SELECT load_extension('x')")));
        using SqliteRunner allowed = _table.Runner(change: o => o with { AllowExtensions = true, Initialize = c => c.EnableExtensions() });
        ProviderException e = Assert.Throws<ProviderException>(() => allowed.Run(tx => tx.Connection.LoadExtension(_place.File("missing.so"))));
        Assert.Contains("missing", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_that_the_block_still_reads_is_not_told_as_a_wait()
    {
        _runner.Run(tx => Table.Insert(tx, "a"));
        SqliteException e = Assert.Throws<SqliteException>(() => _runner.Run(tx =>
        {
            tx.Connection.ExecuteReader("SELECT * FROM t").Read();
            tx.Execute("DROP TABLE t");
        }));
        Assert.Equal((SqliteError.SqliteLocked, 6), (e.Error, e.Code!.Value.Number));
        Assert.Contains("close its reader", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("longer", e.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(1, _table.Count("a"));
    }

    [Fact]
    public void An_error_names_the_statements_without_their_values()
    {
        _runner.Run(tx => Table.Insert(tx, "first"));
        using SqliteRunner runner = _table.Runner(change: o => o with { Mode = SqliteTransactionMode.Deferred, MaxAttempts = 1 });
        using Peer holder = Peer.Sqlite(_place, "hold", _table.File, "IMMEDIATE").Expect("HELD");
        SqliteException e = Assert.Throws<SqliteException>(() => runner.Run(tx => tx.Connection.Execute("INSERT INTO t VALUES(@w, 1)", new { w = "geheim" })));
        Assert.Equal(SqliteError.SqliteBusy, e.Error);
        Assert.Equal(["INSERT INTO t VALUES(@w, 1) (w: text of 6)"], e.Statements);
        holder.Say("go");
        Assert.IsType<ProviderException>(e.InnerException);
        Assert.DoesNotContain("geheim", e.ToString(), StringComparison.Ordinal);
    }
}
