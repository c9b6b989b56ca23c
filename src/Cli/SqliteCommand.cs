using System;
using System.CommandLine;
using System.IO;
using System.Threading;
using ProcessDedup.Messages;
using ProcessDedup.Retry;
using ProcessDedup.Sqlite;

namespace ProcessDedup.Cli;

/// <summary><c>procdedup sqlite</c>: one statement on a database that many processes share, until its outcome is known.</summary>
internal static class SqliteCommand
{
    public static Command Create()
    {
        var database = new Argument<string>("DB") { Description = "The database file. It is made if it is not there, unless the query only reads." };
        var query = new Option<string?>("--query") { Description = "One statement; with --no-transaction one or several, between semicolons.", HelpName = "SQL" };
        var noTransaction = new Option<bool>("--no-transaction") { Description = "Run VACUUM and PRAGMA without a transaction. Each takes effect by itself; the first that fails ends it." };
        var backup = new SqliteBackupArguments();
        var parameters = new Option<string[]>("--param")
        {
            Description = "A value for @NAME in the query: NAME=TEXT, NAME:=VALUE for a number, true, false, null or \"text\" (JSON), or NAME@=FILE for the content of a file as a BLOB.",
            HelpName = "NAME=TEXT",
        };
        Option<string?> role = Choice("--role", "primary: what cannot be written is an error. cache: rather skipped than waited for, and made anew if it is broken.", "primary", "cache");
        var recoverFrom = new Option<string?>("--recover-from")
        {
            Description = "For a cache: the database that it is made from if it is missing or broken.",
            HelpName = "DB",
        };
        Option<string?> mode = Choice("--transaction-mode", "How the transaction begins. Without it, a query that only reads begins deferred, any other immediate.", "immediate", "deferred", "exclusive");
        Option<double?> timeout = CommandLine.OptionalDuration(
            "--timeout-sec", "Longest wait in seconds; 0 waits for ever. Without it 60, and 0.5 for a cache.", LongestDurations.WaitSec);
        Option<int?> attempts = CommandLine.WholeNumber("--max-attempts", "Most tries of the transaction. Without it, as many as fit into the time.");
        var noGate = new Option<bool>("--no-gate") { Description = "Do not queue at the file DB.gate; SQLite's locks alone decide who is next." };
        var foreignKeys = new Option<bool>("--foreign-keys") { Description = "Enforce foreign keys. SQLite does not unless told, and cannot be told by a query." };
        var network = new Option<bool>("--allow-network-fs") { Description = "Use a write-ahead log on NFS, SMB, 9P or FUSE all the same; it may destroy the database." };
        var json = new Option<bool>("--json") { Description = "Print a JSON array of objects; BLOBs in base64." };
        var tsv = new Option<bool>("--tsv") { Description = @"Print a line of names and a line for each row, between tabs; \N is NULL, and tabs, line ends and backslashes in texts are \t, \n, \r and \\." };
        var command = new Command(
            "sqlite",
            """
            Runs one statement on a SQLite database that many processes share, until its outcome is known, or makes a backup of it.

            Rows are printed once it is committed. With --backup the path of the finished copy is printed. Exit codes: 64 a wrong query or value, 65 refused or broken data, 66 no
            such database, 69 no library of SQLite, 73 no such directory, or a backup that is there, 74 the system failed (where only the rows could not be
            printed, standard error says that they are committed), 75 busy for too long (nothing is written), 76 it is NOT
            KNOWN whether it is written, 77 read-only, 78 not possible here. A cache that was skipped is 0, with a line on
            standard error.
            """)
        {
            database, query, parameters, noTransaction, backup.Destination, backup.NoClobber, backup.Force, role, recoverFrom, mode, timeout, attempts, noGate, foreignKeys, network, json, tsv,
        };
        command.RefuseOptionAs(database);
        command.Validators.Add(result =>
        {
            if (result.GetValue(json) && result.GetValue(tsv))
                result.AddError(Message.Of(Key.UsageGiveJsonOrTsvNotBoth));
            if (result.GetValue(attempts) is < 1)
                result.AddError(Message.Of(Key.UsageMaxAttemptsMustBeAtLeast));
            bool isQuery = result.GetResult(query) is not null;
            if (isQuery == result.GetResult(backup.Destination) is not null)
                result.AddError(Message.Of(Key.UsageGiveQueryOrBackup));
            if (result.GetValue(noTransaction) && (!isQuery || result.GetResult(mode) is not null))
                result.AddError(Message.Of(Key.UsageNoTransactionNeedsQuery));
        });
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(database)!;
            var options = new SqliteOptions
            {
                Role = parsed.GetValue(role) == "cache" ? SqliteRole.Cache : SqliteRole.Primary,
                RecoverFrom = parsed.GetValue(recoverFrom),
                Timeout = CommandLine.Seconds(parsed.GetValue(timeout)),
                MaxAttempts = parsed.GetValue(attempts) ?? 0,
                AllowNetworkFileSystem = parsed.GetValue(network),
                ForeignKeys = parsed.GetValue(foreignKeys),
                Gate = parsed.GetValue(noGate) || string.IsNullOrWhiteSpace(path) || path.Contains('\0') ? null : SqliteOptions.GateBeside(path),
            };
            if (backup.IsGiven(parsed))
                return backup.Run(parsed, path, options);
            RowFormat format = parsed.GetValue(json) ? RowFormat.Json : parsed.GetValue(tsv) ? RowFormat.TabSeparated : RowFormat.Table;
            SqliteParameters values = SqliteArguments.Parse(parsed.GetValue(parameters) ?? []);
            string sql = parsed.GetValue(query)!;
            return parsed.GetValue(noTransaction)
                ? Run(stop => SqliteMaintenance.Run(path, options, sql, values, stop), groups => SqliteRows.Write(groups, format))
                : Run(stop => SqliteQuery.Run(path, options, Mode(parsed.GetValue(mode)), sql, values, stop), rows => SqliteRows.Write([rows], format));
        });
        return command;
    }

    private static int Run<T>(Func<CancellationToken, SqliteResult<T>> run, Action<T> print)
    {
        SqliteResult<T> result;
        using (var interruption = new Interruption())
        {
            try
            {
                result = run(interruption.Token);
            }
            catch (OperationCanceledException) when (interruption.Came)
            {
                return interruption.ExitCode;
            }
        }

        if (result.Failure is { } failure)
            Console.Error.WriteLine($"procdedup: {(result.Outcome == SqliteOutcome.Skipped ? "skipped: " : string.Empty)}{failure.Cause}");
        if (result.Value is { } rows && !TryPrint(() => print(rows)))
            return ExitCode.IoError;
        return result.Outcome == SqliteOutcome.Unknown ? ExitCode.OutcomeUnknown : ExitCode.Success;
    }

    private static bool TryPrint(Action print)
    {
        try
        {
            print();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Full, or closed. An error alone would look as if nothing was written.
            Console.Error.WriteLine(Message.Of(Key.NoticeWhatQueryWroteIsCommittedBut, e.Message));
            return false;
        }
    }

    private static SqliteTransactionMode? Mode(string? name) => name switch
    {
        "immediate" => SqliteTransactionMode.Immediate,
        "deferred" => SqliteTransactionMode.Deferred,
        "exclusive" => SqliteTransactionMode.Exclusive,
        _ => null,
    };

    private static Option<string?> Choice(string name, string help, params string[] values)
    {
        var option = new Option<string?>(name) { Description = help };
        option.AcceptOnlyFromAmong(values);
        return option;
    }
}
