using System;
using System.IO;
using System.Text.Json;
using ProcessDedup.Sqlite;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Cli;

/// <summary>What <c>procdedup sqlite-locks</c> tells.</summary>
public sealed class SqliteLocksCommandTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Holders_are_told_as_a_table_and_as_json()
    {
        string file = Prepared();
        Assert.Equal((0, "Nobody has a lock on it.", ""), Run(file));
        using Peer holder = Peer.Sqlite(_place, "hold", file, "IMMEDIATE");
        holder.Expect("HELD");
        (int code, string output, string errors) = Run(file);
        Assert.Equal((0, ""), (code, errors));
        string[] lines = output.Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("LOCK", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("RESERVED", lines[1], StringComparison.Ordinal);
        Assert.Contains($" {holder.Id} ", lines[1], StringComparison.Ordinal);
        Assert.Contains("unknown", lines[1], StringComparison.Ordinal);
        using var json = JsonDocument.Parse(Run(file, "--json").Output);
        Assert.Equal("Writing", json.RootElement.GetProperty("state").GetString());
        JsonElement first = json.RootElement.GetProperty("holders")[0];
        Assert.Equal((holder.Id, "Reserved"), (first.GetProperty("processId").GetInt32(), first.GetProperty("lock").GetString()));
    }

    [Fact]
    public void Those_who_wait_at_the_gate_are_told()
    {
        string file = Prepared();
        using Peer holder = Peer.Sqlite(_place, "gate", file);
        holder.Expect("HELD");
        using Peer waiter = Peer.Sqlite(_place, "insert", file, "delete-gate", "w", "1", "0");
        waiter.Expect("READY").Say("go");
        Eventually.True(() => SqliteLockInspector.Inspect(file).Waiters.Count > 0, "the waiter");
        Assert.Contains($"waits (1)  {waiter.Id}", Run(file).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_file_is_an_error()
    {
        (int code, string output, string errors) = Run(_place.File("missing.db"));
        Assert.NotEqual(0, code);
        Assert.Equal("", output);
        Assert.Contains("does not exist", errors, StringComparison.Ordinal);
        Assert.Equal(64, Run("--wrong").Code);
        Assert.Equal(64, Run().Code);
    }

    private string Prepared()
    {
        string file = Path.Combine(_place.NewDirectory("with spaces ü"), "t.db");
        var options = new SqliteOptions { Journal = SqliteJournal.Rollback, Schema = new SqliteSchema("CREATE TABLE t(writer TEXT, n INTEGER)") };
        SqliteRunner.Run(file, options, tx => tx.Query("SELECT 1"));
        return file;
    }

    private (int Code, string Output, string Errors) Run(params string[] arguments)
    {
        using Peer procdedup = Peer.Procdedup(_place, ["sqlite-locks", .. arguments]);
        return procdedup.Finish();
    }
}
