using System;
using System.IO;
using System.Linq;
using ProcessDedup.Sqlite;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>Files that are damaged, or only look so for a moment.</summary>
public sealed class BrokenFileTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public BrokenFileTests() => FaultyFiles.Install();

    public void Dispose()
    {
        FaultyFiles.Disarm();
        _place.Dispose();
    }

    [Fact]
    public void A_broken_cache_of_ours_is_moved_away_and_made_again()
    {
        string file = _place.File("cache.db");
        SqliteOptions options = new()
        {
            Role = SqliteRole.Cache,
            Timeout = TimeSpan.FromSeconds(20),
            Schema = new SqliteSchema("CREATE TABLE c(x)"),
        };
        using (var runner = new SqliteRunner(file, options))
            runner.Run(tx => Enumerable.Range(0, 500).Sum(i => tx.Execute("INSERT INTO c VALUES(?)", SqliteParameters.Ordered(new string('x', 100)))));
        byte[] bytes = File.ReadAllBytes(file);
        Array.Fill(bytes, (byte)0x5a, 4096, bytes.Length - 4096);
        File.WriteAllBytes(file, bytes);
        using (var runner = new SqliteRunner(file, options))
        {
            SqliteResult<int> result = runner.Run(tx => tx.Execute("INSERT INTO c VALUES(1)"));
            Assert.Equal(SqliteOutcome.Committed, result.Outcome);
            Assert.Equal(1L, runner.Run(tx => tx.Query("SELECT count(*) FROM c")[0][0]).Value);
        }

        Assert.Single(Directory.GetFiles(_place.Path, "cache.db.broken-*"), f => !f.EndsWith("-wal", StringComparison.Ordinal) && !f.EndsWith("-shm", StringComparison.Ordinal));
    }

    [Fact]
    public void A_broken_primary_is_left_alone_and_so_is_a_cache_that_only_stumbled()
    {
        string file = _place.File("cache.db");
        SqliteOptions options = new()
        {
            Role = SqliteRole.Cache,
            Timeout = TimeSpan.FromSeconds(20),
            Schema = new SqliteSchema("CREATE TABLE c(x)"),
        };
        using (var runner = new SqliteRunner(file, options))
        {
            runner.Run(tx => tx.Execute("INSERT INTO c VALUES(1)"));
            using (FaultyFiles.Arm(new FaultyFiles.Plan { Calls = [FileCall.SharedLock], Code = 11 }))
                Assert.Equal(SqliteOutcome.Committed, runner.Run(tx => tx.Execute("INSERT INTO c VALUES(2)")).Outcome);
            Assert.Equal(2L, runner.Run(tx => tx.Query("SELECT count(*) FROM c")[0][0]).Value);
        }

        using (var primary = new SqliteRunner(file, options with { Role = SqliteRole.Primary }))
        {
            primary.Run(tx => tx.Query("SELECT 1"));
            using IDisposable fault = FaultyFiles.Arm(new FaultyFiles.Plan { Calls = [FileCall.SharedLock], Code = 11 });
            SqliteException e = Assert.Throws<SqliteException>(() => primary.Run(tx => tx.Execute("INSERT INTO c VALUES(3)")));
            Assert.Equal(SqliteError.SqliteCorrupt, e.Error);
            Assert.Equal(1, e.Attempts);
        }

        Assert.Empty(Directory.GetFiles(_place.Path, "*.broken-*"));
    }
}
