using System;
using System.Collections.Generic;
using ProcessDedup.Sqlite;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>The system refuses locks, as the lock service of a network file system does: errno and all.</summary>
public sealed class LockServiceTests(ITestOutputHelper output) : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose()
    {
        FaultyLocks.Disarm();
        _place.Dispose();
    }

    [Theory]
    [InlineData("delete", 1)]
    [InlineData("delete", 3)]
    [InlineData("wal", 1)]
    [InlineData("wal", 3)]
    public void Whichever_lock_is_refused_for_a_moment_the_row_is_there_once(string journal, int times)
    {
        var table = new Table(_place);
        using (SqliteRunner first = table.Runner(journal))
            first.Run(tx => Table.Insert(tx, "first"));
        var attempts = new List<int>();
        for (int skip = 0; ; skip++)
        {
            using (SqliteRunner runner = table.Runner(journal))
            {
                FaultyLocks.Arm(FaultyLocks.IoError, skip, times);
                SqliteResult<bool> result = runner.Run(tx => Table.Insert(tx, $"w{skip}"));
                attempts.Add(result.Attempts);
                Assert.Equal(SqliteOutcome.Committed, result.Outcome);
                FaultyLocks.Disarm();
            }

            Assert.Equal(1, table.Count($"w{skip}"));
            if (FaultyLocks.Hits == 0)
                break;
        }

        output.WriteLine("attempts: " + string.Join(" ", attempts));
        Assert.Contains(attempts, a => a > 1);
        Assert.Equal("ok", table.Check().Integrity);
    }

    [Fact]
    public void One_that_is_dead_looks_busy_for_ever_and_the_error_says_so()
    {
        var table = new Table(_place);
        using (SqliteRunner first = table.Runner("delete"))
            first.Run(tx => Table.Insert(tx, "first"));
        using SqliteRunner runner = table.Runner("delete", o => o with { Timeout = TimeSpan.FromMilliseconds(100) });
        FaultyLocks.Arm(FaultyLocks.NoLocks, 0, int.MaxValue);
        SqliteException e = Assert.Throws<SqliteException>(() => runner.Run(tx => Table.Insert(tx, "x")));
        Assert.Equal(SqliteError.SqliteBusy, e.Error);
        Assert.Contains("lock service", e.NextStep, StringComparison.Ordinal);
    }
}
