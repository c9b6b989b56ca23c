using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using ProcessDedup.Sqlite;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Cli;

public sealed class SqliteCommandTests : IDisposable
{
    private readonly TestDirectory _place = new();
    private readonly string _file;

    public SqliteCommandTests() => _file = _place.File("ein Weg/ü 'x'.db");

    public void Dispose() => _place.Dispose();

    private (int Code, string Output, string Errors) Run(params string[] arguments)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_file)!);
        using Peer peer = Peer.Procdedup(_place, ["sqlite", .. arguments]);
        return peer.Finish();
    }

    private void RunWell(params string[] arguments) => Assert.Equal((0, "", ""), Run([_file, "--query", .. arguments]));

    private void Make()
    {
        RunWell("CREATE TABLE t(a PRIMARY KEY, b)");
        RunWell("INSERT INTO t VALUES(@a, @b)", "--param", "a:=5", "--param", "b=a\tb\\ \u001b[31m=x");
        RunWell("INSERT INTO t VALUES(@a, @b)", "--param", "@a:=2.5", "--param", "b:=null");
        RunWell("INSERT INTO t VALUES(@a, x'0102')", "--param", "a=5");
    }

    [Fact]
    public void Rows_are_printed_as_asked_for_and_keep_their_types()
    {
        Make();
        const string query = "SELECT a, b, a FROM t ORDER BY rowid";
        (int code, string output, string errors) = Run(_file, "--query", query, "--json");
        Assert.Equal((0, ""), (code, errors));
        JsonElement rows = JsonDocument.Parse(output).RootElement;
        Assert.Equal(5, rows[0].GetProperty("a").GetInt64());
        Assert.Equal("a\tb\\ \u001b[31m=x", rows[0].GetProperty("b").GetString());
        Assert.Equal(2.5, rows[1].GetProperty("a").GetDouble());
        Assert.Equal(JsonValueKind.Null, rows[1].GetProperty("b").ValueKind);
        Assert.Equal("5", rows[2].GetProperty("a_2").GetString());
        Assert.Equal([1, 2], rows[2].GetProperty("b").GetBytesFromBase64());
        Assert.Equal((0, "a\tb\ta\n5\ta\\tb\\\\ \u001b[31m=x\t5\n2.5\t\\N\t2.5\n5\tAQI=\t5", ""), Run(_file, "--query", query, "--tsv"));
        Assert.Equal((0, "a    b                a\n5    a b\\  [31m=x     5\n2.5                   2.5\n5    BLOB of 2 bytes  5", ""), Run(_file, "--query", query));
        Assert.Equal((0, "[]", ""), Run(_file, "--query", "SELECT 1 WHERE 0", "--json"));
    }

    [Theory]
    [InlineData(64, "SqliteStatement", "--query", "SELEC 1")]
    [InlineData(64, "several", "--query", "SELECT 1; SELECT 2")]
    [InlineData(64, "no statement", "--query", "")]
    [InlineData(64, "transaction", "--query", "COMMIT")]
    [InlineData(64, "@x", "--query", "SELECT @x")]
    [InlineData(64, "@y", "--query", "SELECT 1", "--param", "y=1")]
    [InlineData(64, "'x'", "--query", "SELECT @x", "--param", "x:=[1]")]
    [InlineData(64, "'x'", "--query", "SELECT @x", "--param", "x:=secret-value")]
    [InlineData(64, "name", "--query", "SELECT 1", "--param", "=1")]
    [InlineData(64, "name", "--query", "SELECT 1", "--param", "secret-value")]
    [InlineData(64, "two values", "--query", "SELECT @x", "--param", "x=1", "--param", "@X=2")]
    [InlineData(64, "--query", "--json")]
    [InlineData(64, "not both", "--query", "SELECT 1", "--backup", "b.db")]
    [InlineData(64, "--no-transaction", "--query", "VACUUM", "--no-transaction", "--transaction-mode", "deferred")]
    [InlineData(64, "Only VACUUM and PRAGMA", "--no-transaction", "--query", "DELETE FROM t")]
    [InlineData(64, "of 2", "--no-transaction", "--query", "PRAGMA user_version=1; VACUUM nosuch")]
    [InlineData(64, "both", "--query", "SELECT 1", "--json", "--tsv")]
    [InlineData(64, "'none'", "--query", "SELECT 1", "--role", "none")]
    [InlineData(64, "cache", "--query", "SELECT 1", "--recover-from", "other.db")]
    [InlineData(64, "at least 1", "--query", "SELECT 1", "--max-attempts", "0")]
    [InlineData(65, "CONSTRAINT", "--query", "INSERT INTO t(a) VALUES(5)")]
    public void What_is_wrong_has_its_exit_code_and_is_told(int code, string told, params string[] arguments)
    {
        Make();
        (int actual, string output, string errors) = Run([_file, .. arguments]);
        Assert.Equal((code, ""), (actual, output));
        Assert.StartsWith("procdedup: ", errors, StringComparison.Ordinal);
        if (told != "SqliteStatement" && told != "name")
            Assert.Contains(told, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("value of 'secret", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-value' after", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_backup_says_where_it_is_and_is_replaced_unless_that_is_refused()
    {
        Make();
        string backup = _place.File("b.db");
        Assert.Equal((0, backup, ""), Run(_file, "--backup", backup));
        Assert.Equal((0, backup, ""), Run(_file, "--backup", backup));
        Assert.Equal(73, Run(_file, "--backup", backup, "--no-clobber").Code);
        Assert.Equal(64, Run(_file, "--backup", _file).Code);
        Assert.Equal(66, Run(_place.File("none.db"), "--backup", backup).Code);
        Assert.Equal((0, "[\n  {\n    \"n\": 3\n  }\n]", ""), Run(backup, "--query", "SELECT count(*) AS n FROM t", "--json"));
    }

    [Fact]
    public void Statements_without_a_transaction_print_the_rows_of_each()
    {
        Make();
        Assert.Equal((0, "integrity_check\nok\nuser_version\n0", ""), Run(_file, "--no-transaction", "--query", "VACUUM; PRAGMA integrity_check; PRAGMA user_version", "--tsv"));
        (int code, string output, string errors) = Run(_file, "--no-transaction", "--query", "PRAGMA integrity_check; PRAGMA user_version", "--json");
        Assert.Equal((0, ""), (code, errors));
        Assert.Equal(2, JsonDocument.Parse(output).RootElement.GetArrayLength());
    }

    [Theory]
    [InlineData("bundled")]
    [InlineData("system")]
    public void A_trigger_with_texts_in_double_quotes_works_with_either_library(string library)
    {
        string file = _place.File(library + ".db");
        foreach (string sql in new[] { "CREATE TABLE t(x)", "CREATE TABLE log(what)", "CREATE TRIGGER told AFTER INSERT ON t BEGIN INSERT INTO log VALUES(\"new row\"); END", "INSERT INTO t VALUES(1)" })
        {
            using Peer procdedup = Peer.Run(_place, "/usr/bin/env", SqliteLibrary.Variable + "=" + library, Programs.Procdedup, "sqlite", file, "--query", sql);
            procdedup.EndInput();
            (int code, _, string errors) = procdedup.Finish();
            Assert.SkipWhen(code == 69, "There is no such library here.");
            Assert.True(code == 0, errors);
        }

        Assert.Equal("what\nnew row", string.Join('\n', Run(file, "--query", "SELECT what FROM log", "--tsv").Output.Split('\n')));
    }

    [Fact]
    public void The_content_of_a_file_is_stored_as_a_blob()
    {
        RunWell("CREATE TABLE blobs(name, content)");
        string content = _place.File("content");
        byte[] bytes = [.. Enumerable.Range(0, 100_000).Select(i => (byte)i)];
        File.WriteAllBytes(content, bytes);
        RunWell("INSERT INTO blobs VALUES(@name, @content)", "--param", "name=a@b", "--param", "content@=" + content);
        Assert.Equal((0, "a@b\tblob\t100000\t" + Convert.ToHexString(bytes[^8..]), ""), Run(_file, "--query", "SELECT name, typeof(content), length(content), hex(substr(content, -8)) FROM blobs", "--tsv") is var (code, output, errors)
            ? (code, output.Split('\n')[^1], errors) : default);
        (int missing, _, string told) = Run(_file, "--query", "SELECT @x", "--param", "x@=" + _place.File("missing"));
        Assert.Equal(64, missing);
        Assert.Contains("missing", told, StringComparison.Ordinal);
        // The database itself, while this process has it open: reading it would drop its locks.
        RunWell("INSERT INTO blobs VALUES('copy', @content)", "--param", "content@=" + _file);
    }

    [Fact]
    public void What_is_wrong_with_the_place_has_exit_codes()
    {
        Assert.Equal(66, Run(_place.File("no.db"), "--query", "SELECT 1").Code);
        Assert.False(File.Exists(_place.File("no.db")));
        Assert.Equal(73, Run(_place.File("no/such.db"), "--query", "CREATE TABLE t(a)").Code);
        Assert.Equal(64, Run("", "--query", "SELECT 1").Code);
        Assert.Equal(64, Run(_place.Path, "--query", "SELECT 1").Code);
        File.WriteAllText(_place.File("text.db"), new string('x', 5000));
        Assert.Equal(65, Run(_place.File("text.db"), "--query", "CREATE TABLE t(a)").Code);
        Make();
        Links.ToFile(_place.File("link.db"), _place.File("nowhere.db"));
        Assert.Equal(78, Run(_place.File("link.db"), "--query", "SELECT 1").Code);
    }

    [Fact]
    public void Directories_that_another_user_may_not_list_or_enter_are_no_riddle()
    {
        var other = new OtherUser(_place);
        Make();
        string programs = _place.NewDirectory("cli");
        string closed = _place.NewDirectory("closed");
        string unlisted = _place.NewDirectory("unlisted");
        using (Peer copy = Peer.Run(_place, "/bin/sh", "-c", $"cp -r '{Path.GetDirectoryName(Programs.Procdedup)}/.' '{programs}' && chmod 700 '{closed}' && chmod 733 '{unlisted}' && chmod 777 \"$1\" && chmod 666 \"$1\"/*", "sh", Path.GetDirectoryName(_file)!))
            Assert.Equal((0, "", ""), copy.Finish());
        using Peer outside = other.Run(Path.Combine(programs, "procdedup"), "sqlite", Path.Combine(closed, "x.db"), "--query", "SELECT 1");
        (int code, _, string errors) = outside.Finish();
        Assert.Equal(66, code);
        Assert.Contains("rights", errors, StringComparison.Ordinal);
        using Peer inside = other.Run(
            Path.Combine(programs, "procdedup"), "sqlite", Path.Combine(unlisted, "x.db"), "--role", "cache", "--timeout-sec", "0",
            "--recover-from", _file, "--tsv", "--query", "SELECT count(*) AS n FROM t");
        Assert.Equal((0, "n\n3", ""), inside.Finish());
    }

    [Fact]
    public void Busy_for_too_long_is_75_and_a_cache_is_skipped()
    {
        Make();
        using Peer holder = Peer.Sqlite(_place, "hold", _file, "EXCLUSIVE").Expect("HELD");
        (int code, string output, string errors) = Run(_file, "--timeout-sec", "0.1", "--query", "DELETE FROM t");
        Assert.Equal((75, ""), (code, output));
        Assert.Contains("SQLITE_BUSY (5)", errors, StringComparison.Ordinal);
        (code, output, errors) = Run(_file, "--timeout-sec", "0.1", "--role", "cache", "--query", "DELETE FROM t");
        Assert.Equal((0, ""), (code, output));
        Assert.Contains("skipped", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("> /dev/full")]
    [InlineData("--json > /dev/full")]
    [InlineData("--tsv > /dev/full")]
    [InlineData(">&-")]
    public void Rows_that_cannot_be_printed_are_said_to_be_committed(string ending)
    {
        Make();
        using Peer peer = Peer.Run(
            _place, "/bin/sh", "-c", $"\"$PROCDEDUP\" sqlite \"$1\" --query 'INSERT INTO t VALUES(9, 9) RETURNING a' {ending}", "sh", _file);
        (int code, _, string errors) = peer.Finish();
        Assert.Equal(74, code);
        Assert.Contains("committed", errors, StringComparison.Ordinal);
        Assert.Equal((0, "n\n1", ""), Run(_file, "--tsv", "--query", "SELECT count(*) AS n FROM t WHERE a = 9"));
    }

    [Fact]
    public void A_signal_ends_a_wait_and_a_long_statement()
    {
        Make();
        foreach (string query in new[] { "DELETE FROM t", "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c" })
        {
            using Peer? holder = query.StartsWith("DELETE", StringComparison.Ordinal) ? Peer.Sqlite(_place, "hold", _file, "IMMEDIATE").Expect("HELD") : null;
            using Peer peer = Peer.Procdedup(_place, "sqlite", _file, "--timeout-sec", "0", "--query", query);
            // It is at it once it has the database open.
            Eventually.True(() => Directory.GetFiles($"/proc/{peer.Id}/fd").Any(f => new FileInfo(f).LinkTarget?.StartsWith(_file, StringComparison.Ordinal) == true), "the database is open");
            peer.Signal("TERM");
            Assert.Equal(143, peer.WaitForExit());
        }

        Assert.Equal((0, "n\n3", ""), Run(_file, "--tsv", "--query", "SELECT count(*) AS n FROM t"));
    }

    [Fact]
    public void Many_processes_write_and_nothing_is_lost()
    {
        RunWell("CREATE TABLE t(n INTEGER)");
        int count = Scale.Of(8, 32);
        Peer[] all = [.. Enumerable.Range(0, count).Select(i => Peer.Procdedup(_place, "sqlite", _file, "--query", "INSERT INTO t VALUES(@n)", "--param", $"n:={i}"))];
        foreach (Peer peer in all)
        {
            Assert.Equal((0, "", ""), peer.Finish());
            peer.Dispose();
        }

        Assert.Equal((0, $"a\tb\n{count}\t{count}", ""), Run(_file, "--tsv", "--query", "SELECT count(*) AS a, count(DISTINCT n) AS b FROM t"));
    }
}
