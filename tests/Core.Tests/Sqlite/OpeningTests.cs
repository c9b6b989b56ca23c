using System;
using System.IO;
using System.Linq;
using ProcessDedup.Sqlite;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>Paths, files, journals, schemas and the library.</summary>
public sealed class OpeningTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Bad_paths_have_their_names()
    {
        Fails(SqliteError.SqlitePathInvalid, "");
        Fails(SqliteError.SqlitePathInvalid, "a\0b");
        Fails(SqliteError.SqlitePathIsDirectory, _place.Path);
        Fails(SqliteError.SqliteDirectoryMissing, _place.File("no/such/t.db"));
        // Where it leads there is nothing.
        Links.ToFile(_place.File("link.db"), _place.File("target.db"));
        Fails(SqliteError.SqlitePathIsLink, _place.File("link.db"));
        Fails(SqliteError.SqlitePathInvalid, "/dev/null");
        Fails(SqliteError.SqliteCannotOpen, _place.File("missing.db"), new SqliteOptions { Create = false });
        Assert.False(File.Exists(_place.File("missing.db")));
    }

    [Theory]
    [InlineData("one.db", "two.db")]
    [InlineData("two.db", "one.db")]
    public void A_link_to_a_database_is_the_database_with_its_log_and_its_gate(string first, string second)
    {
        string other = _place.NewDirectory("other");
        string file = Path.Combine(other, "real.db");
        // As long as it has the database open the log stays.
        using var owner = new SqliteRunner(file, new SqliteOptions { Journal = SqliteJournal.WriteAheadLog });
        owner.Run(tx => tx.Execute("CREATE TABLE t(x)"));
        Links.ToFile(_place.File("one.db"), file);
        Links.ToFile(_place.File("two.db"), "one.db");
        foreach (string name in new[] { first, second })
        {
            string path = _place.File(name);
            SqliteRunner.Run(path, new SqliteOptions { Gate = SqliteOptions.GateBeside(path) }, tx => tx.Execute("INSERT INTO t VALUES(1)"));
        }

        Assert.Equal(2L, SqliteQuery.Run(file, new SqliteOptions(), null, "SELECT count(*) FROM t").Value![0][0]);
        Assert.True(File.Exists(file + "-wal"));
        Assert.True(File.Exists(file + ".gate"));
        Assert.Equal(["one.db", "two.db"], Directory.GetFiles(_place.Path).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData(3006023, false)]
    [InlineData(3007000, true)]
    [InlineData(3040001, true)]
    [InlineData(3044006, false)]
    [InlineData(3045000, true)]
    [InlineData(3050006, true)]
    [InlineData(3050007, false)]
    [InlineData(3051002, true)]
    [InlineData(3051003, false)]
    [InlineData(3053004, false)]
    public void Versions_that_can_destroy_a_database_with_a_log_are_known(int version, bool expected) =>
        Assert.Equal(expected, SqliteSelfTest.HasWalResetBug(version));

    [Fact]
    public void A_name_that_looks_like_an_address_is_a_name()
    {
        string odd = _place.File("file:x?mode=memory");
        SqliteRunner.Run(odd, null, tx => tx.Execute("CREATE TABLE t(x)"));
        Assert.True(File.Exists(odd));
    }

    [Theory]
    [InlineData(SqliteRole.Primary)]
    [InlineData(SqliteRole.Cache)]
    public void Another_file_is_no_database_and_is_left_alone(SqliteRole role)
    {
        string file = _place.File("letter.txt");
        string text = string.Concat(Enumerable.Repeat("Dear reader, ", 500));
        File.WriteAllText(file, text);
        SqliteException e = Fails(SqliteError.SqliteNotADatabase, file, new SqliteOptions { Role = role });
        Assert.Equal(new SqliteCode(26), e.Code);
        Assert.Equal(text, File.ReadAllText(file));
        Assert.Empty(Directory.GetFiles(_place.Path, "*broken*"));
    }

    [Fact]
    public void On_a_read_only_file_system_it_says_so()
    {
        using Mounted disk = Mounted.Tmpfs(_place, "size=4m");
        string file = Path.Combine(disk.Point, "t.db");
        SqliteRunner.Run(file, new SqliteOptions { Journal = SqliteJournal.Rollback }, tx => tx.Execute("CREATE TABLE t(x)"));
        disk.Remount("ro");
        Fails(SqliteError.SqliteReadOnly, file);
        disk.Remount("rw");
    }

    [Fact]
    public void A_full_disk_is_an_error_for_a_primary_and_skipped_by_a_cache()
    {
        using Mounted disk = Mounted.Tmpfs(_place, "size=256k");
        string file = Path.Combine(disk.Point, "t.db");
        SqliteRunner.Run(file, null, tx => tx.Execute("CREATE TABLE t(x)"));
        SqliteParameters large = SqliteParameters.Ordered(new byte[1000 * 1000]);
        SqliteException e = Assert.Throws<SqliteException>(() =>
            SqliteRunner.Run(file, null, tx => tx.Execute("INSERT INTO t VALUES(?)", large)));
        Assert.Equal(SqliteError.SqliteFull, e.Error);
        Assert.Equal(SqliteOutcome.NotCommitted, e.Outcome);
        SqliteResult<int> skipped = SqliteRunner.Run(
            file, new SqliteOptions { Role = SqliteRole.Cache }, tx => tx.Execute("INSERT INTO t VALUES(?)", large));
        Assert.Equal(SqliteOutcome.Skipped, skipped.Outcome);
        Assert.Equal(0L, SqliteRunner.Run(file, null, tx => tx.Query("SELECT count(*) FROM t")[0][0]).Value);
    }

    [Fact]
    public void A_new_database_gets_a_log_and_an_old_one_keeps_its_journal()
    {
        Assert.Equal(("wal", 2L), Pragmas(_place.File("new.db"), new SqliteOptions()));
        Assert.Equal(("wal", 1L), Pragmas(_place.File("cache.db"), new SqliteOptions { Role = SqliteRole.Cache }));
        string old = _place.File("old.db");
        Assert.Equal(("persist", 3L), Pragmas(old, new SqliteOptions { Journal = SqliteJournal.Rollback }));
        Assert.Equal(("persist", 3L), Pragmas(old, new SqliteOptions()));
        Assert.Equal(("wal", 2L), Pragmas(old, new SqliteOptions { Journal = SqliteJournal.WriteAheadLog }));
    }

    [Fact]
    public void On_fuse_a_log_is_refused_with_the_reason()
    {
        using Mounted fuse = Mounted.Fuse(_place);
        string file = Path.Combine(fuse.Point, "t.db");
        SqliteException e = Fails(SqliteError.SqliteJournalUnsupported, file, new SqliteOptions { Journal = SqliteJournal.WriteAheadLog });
        Assert.Contains("the file system is 'fuse'", e.Message, StringComparison.Ordinal);
        Assert.Equal(("persist", 3L), Pragmas(file, new SqliteOptions()));
    }

    [Fact]
    public void A_schema_grows_step_by_step_and_a_newer_one_is_refused()
    {
        string file = _place.File("t.db");
        SqliteOptions first = new() { Schema = new SqliteSchema("CREATE TABLE a(x); CREATE TABLE b(x)") };
        SqliteOptions second = new() { Schema = new SqliteSchema("CREATE TABLE a(x); CREATE TABLE b(x)", "ALTER TABLE a ADD COLUMN y") };
        SqliteRunner.Run(file, first, tx => tx.Execute("INSERT INTO a(x) VALUES(1)"));
        Assert.Equal(1L, SqliteRunner.Run(file, second, tx => tx.Query("SELECT count(*) FROM a WHERE y IS NULL")[0][0]).Value);
        SqliteException e = Fails(SqliteError.SqliteSchemaNewer, file, first);
        Assert.Contains("version 2", e.Message, StringComparison.Ordinal);
        Fails(SqliteError.SqliteSchemaNewer, file, new SqliteOptions { Role = SqliteRole.Cache, Schema = first.Schema });
    }

    [Fact]
    public void A_step_that_fails_leaves_nothing_behind()
    {
        string file = _place.File("t.db");
        Fails(SqliteError.SqliteStatementInvalid, file, new SqliteOptions { Schema = new SqliteSchema("CREATE TABLE a(x); CREATE TABEL b(x)") });
        Assert.Equal(0L, SqliteRunner.Run(file, null, tx => tx.Query("SELECT count(*) FROM sqlite_master")[0][0]).Value);
    }

    [Fact]
    public void The_library_says_what_it_is()
    {
        SqliteLibrary library = SqliteLibrary.Current;
        Assert.True(SqliteLibrary.IsLoaded);
        Assert.True(library.VersionNumber >= 3035000);
        Assert.Contains(library.CompileOptions, o => o.StartsWith("THREADSAFE=", StringComparison.Ordinal));
        Assert.True(library.Origin is "bundled" or "system", library.Origin);
    }

    [Theory]
    [InlineData("bundled")]
    [InlineData("system")]
    public void Nothing_is_loaded_before_the_first_use_and_then_what_was_chosen(string wish)
    {
        using Peer peer = Peer.Run(_place, "/usr/bin/env", $"{SqliteLibrary.Variable}={wish}", Programs.SqlitePeer, "lazy", _place.File("t.db"));
        peer.Expect("PREPARED False").Expect("RUN True");
        Assert.StartsWith(wish + " 3.", peer.Read("the library"), StringComparison.Ordinal);
    }

    private static (string, long) Pragmas(string file, SqliteOptions options) =>
        SqliteRunner.Run(file, options, tx =>
        {
            tx.Execute("CREATE TABLE IF NOT EXISTS t(x)");
            return ((string)tx.Query("PRAGMA journal_mode")[0][0]!, (long)tx.Query("PRAGMA synchronous")[0][0]!);
        }).Value;

    private static SqliteException Fails(SqliteError error, string path, SqliteOptions? options = null)
    {
        SqliteException e = Assert.Throws<SqliteException>(() => SqliteRunner.Run(path, options, tx => tx.Query("SELECT 1")));
        Assert.True(e.Error == error, $"{error} was expected, but: {e.Error}: {e.Message}");
        return e;
    }
}
