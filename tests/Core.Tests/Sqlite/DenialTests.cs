using System;
using ProcessDedup.Sqlite;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>Before a transaction is told as not committed, something else lies over what its failed sync left in the log.</summary>
public sealed class DenialTests : IDisposable
{
    private readonly TestDirectory _place = new();

    // Files that are open before the tables are changed keep the real ones.
    public DenialTests() => FaultyFiles.Install();

    public void Dispose()
    {
        FaultyFiles.Disarm();
        _place.Dispose();
    }

    [Fact]
    public void Where_nothing_can_be_laid_over_it_the_outcome_is_unknown()
    {
        Table table = Prepared();
        using Peer reader = Peer.Sqlite(_place, "hold", table.File, "READ").Expect("HELD");
        using SqliteRunner runner = table.Runner("wal", o => o with { MaxAttempts = 1 });
        // COMMIT succeeds without having written anything.
        runner.Run(tx => tx.Execute(
            "CREATE TRIGGER deaf BEFORE INSERT ON processdedup_commit WHEN new.number < 0 BEGIN SELECT RAISE(IGNORE); END"));
        SqliteException failure = Assert.Throws<SqliteException>(() => runner.Run(tx =>
        {
            Table.Insert(tx, "ghost");
            FaultyFiles.Arm(new FaultyFiles.Plan { Calls = [FileCall.Sync], File = "wal" });
        }));
        Assert.Equal(SqliteOutcome.Unknown, failure.Outcome);
    }

    // Without SQLITE_ENABLE_PREUPDATE_HOOK a library compares a row with the one that it replaces, and leaves an equal one
    // alone. Both libraries at hand have the option (LibraryChoiceTests); the trigger does what one without it would do.
    [Theory]
    [InlineData(null)]
    [InlineData("""
        CREATE TRIGGER equal BEFORE INSERT ON processdedup_commit
        WHEN EXISTS(SELECT 1 FROM processdedup_commit WHERE token = new.token AND number = new.number AND at = new.at)
        BEGIN SELECT RAISE(IGNORE); END
        """)]
    public void Each_denial_of_a_transaction_writes_something(string? trigger)
    {
        Table table = Prepared();
        using (SqliteRunner runner = table.Runner())
            runner.Run(tx => tx.Execute(trigger ?? "SELECT 1"));
        using DatabaseConnection connection = DatabaseConnection.Open(SqlitePlace.Of(table.File), mayCreate: false);
        var token = new CommitToken();
        token.Next();
        connection.Demand("BEGIN IMMEDIATE");
        token.Write(connection);
        connection.Demand("COMMIT");
        // All within one second: the time in the row does not tell them apart.
        for (int times = 0; times < 3; times++)
        {
            token.Next();
            int before = connection.PagesWritten;
            connection.Demand("BEGIN IMMEDIATE");
            token.WriteMissing(connection);
            connection.Demand("COMMIT");
            Assert.NotEqual(before, connection.PagesWritten);
            Assert.False(token.IsCommitted(connection));
        }
    }

    private Table Prepared()
    {
        var table = new Table(_place);
        using SqliteRunner first = table.Runner("wal");
        first.Run(tx => Table.Insert(tx, "first"));
        return table;
    }
}
