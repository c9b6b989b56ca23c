using System;
using System.CommandLine;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Serialization;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Sqlite;

namespace ProcessDedup.Cli;

/// <summary><c>procdedup sqlite-locks</c>: who has which lock on a database.</summary>
internal static class SqliteLocksCommand
{
    public static Command Create()
    {
        var database = new Argument<string>("DB") { Description = "The database file; it is not opened." };
        var json = new Option<bool>("--json") { Description = "Print a JSON object with everything that is known." };
        var command = new Command("sqlite-locks", "Shows who has which lock on an SQLite database, and who waits at its gate (Linux).")
        {
            database, json,
        };
        command.RefuseOptionAs(database);
        command.SetAction(parsed =>
        {
            SqliteLockStatus status = SqliteLockInspector.Inspect(parsed.GetValue(database)!);
            if (parsed.GetValue(json))
                Console.Out.WriteLine(JsonSerializer.Serialize(status, SqliteLockStatusJson.Default.SqliteLockStatus));
            else
                Print(status);
            return ExitCode.Success;
        });
        return command;
    }

    private static void Print(SqliteLockStatus status)
    {
        if (status.Blindness is not null)
            Console.Error.WriteLine($"procdedup: {status.Blindness}.");
        if (status.Holders.Count == 0 && status.GateHolders.Count == 0 && status.Waiters.Count == 0)
        {
            Console.Out.WriteLine(Message.Of(Key.NoticeNobodyHasLockOnIt));
            return;
        }

        var table = new TextTable("LOCK", "PID", "USER", "FOR", "COMMAND");
        foreach (SqliteLockHolder holder in status.Holders)
        {
            table.Add(
                holder.LockName, $"{holder.ProcessId}", holder.User ?? string.Empty,
                holder.HeldFor is { } held ? Durations.Describe(held) : "unknown", holder.CommandLine ?? string.Empty);
        }

        foreach (LockHolder holder in status.GateHolders.Where(h => !status.Holders.Any(s => s.ProcessId == h.ProcessId && s.Since is not null)))
        {
            table.Add(
                "gate", $"{holder.ProcessId}", holder.User ?? string.Empty,
                holder.HeldFor is { } held ? Durations.Describe(held) : "unknown", holder.CommandLine ?? string.Empty);
        }

        foreach (LockWaiter waiter in status.Waiters)
            table.Add(
                Message.Of(Key.ReasonWaits, waiter.Position), $"{waiter.ProcessId}", waiter.User ?? string.Empty, string.Empty, waiter.CommandLine ?? string.Empty);
        table.Write(Console.Out);
    }
}

/// <summary>How <c>sqlite-locks --json</c> writes a database's locks.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    WriteIndented = true)]
[JsonSerializable(typeof(SqliteLockStatus))]
internal sealed partial class SqliteLockStatusJson : JsonSerializerContext;
