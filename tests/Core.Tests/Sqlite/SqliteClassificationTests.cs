using ProcessDedup.Sqlite;
using Xunit;
using static ProcessDedup.Sqlite.SqliteRole;
using static ProcessDedup.Sqlite.SqliteStage;
using static ProcessDedup.Sqlite.SqliteVerdict;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>One line for each row of the table in docs/design/sqlite.md, and one for each limit in it.</summary>
public sealed class SqliteClassificationTests
{
    [Theory]
    [InlineData("BUSY", Open, true, RetryInPlace)]
    [InlineData("BUSY", Begin, true, RetryInPlace)]
    [InlineData("BUSY", Body, false, RetryTransaction)]
    [InlineData("BUSY", Commit, false, RetryInPlace)]
    [InlineData("BUSY", Commit, true, RetryTransaction)]
    [InlineData("BUSY_RECOVERY", Begin, true, RetryInPlace)]
    [InlineData("BUSY_RECOVERY", Body, false, RetryInPlace)]
    [InlineData("BUSY_TIMEOUT", Begin, true, RetryInPlace)]
    [InlineData("BUSY_SNAPSHOT", Begin, true, RetryTransaction)]
    [InlineData("BUSY_SNAPSHOT", Body, false, RetryTransaction)]
    [InlineData("LOCKED", Body, false, Never)]
    [InlineData("LOCKED_SHAREDCACHE", Body, false, RetryTransaction)]
    [InlineData("LOCKED_VTAB", Body, false, RetryTransaction)]
    [InlineData("IOERR_LOCK", Begin, true, Reopen)]
    [InlineData("IOERR_LOCK", Commit, false, Reopen)]
    [InlineData("IOERR_CHECKRESERVEDLOCK", Begin, true, Reopen)]
    [InlineData("IOERR_UNLOCK", Commit, true, Verify)]
    [InlineData("IOERR_RDLOCK", Commit, true, Verify)]
    [InlineData("IOERR_FSYNC", Commit, false, Verify)]
    [InlineData("IOERR_DIR_FSYNC", Commit, false, Verify)]
    [InlineData("IOERR_DELETE", Commit, false, Verify)]
    [InlineData("IOERR_TRUNCATE", Commit, false, Verify)]
    [InlineData("IOERR_WRITE", Commit, false, Verify)]
    [InlineData("IOERR_WRITE", Body, true, Reopen)]
    [InlineData("IOERR_RDLOCK", Begin, true, Reopen)]
    [InlineData("IOERR_FSYNC", Open, true, Reopen)]
    [InlineData("IOERR_DELETE_NOENT", Commit, false, Never)]
    [InlineData("FULL", Body, true, Never)]
    [InlineData("FULL", Commit, true, Never)]
    [InlineData("NOMEM", Body, false, Never)]
    [InlineData("IOERR_NOMEM", Body, false, Never)]
    [InlineData("INTERRUPT", Body, false, Never)]
    [InlineData("IOERR", Commit, false, Verify)]
    [InlineData("IOERR_VNODE", Commit, false, Verify)]
    [InlineData("READONLY", Body, false, Never)]
    [InlineData("READONLY_CANTLOCK", Begin, true, Never)]
    [InlineData("READONLY_ROLLBACK", Begin, true, Never)]
    [InlineData("READONLY_DIRECTORY", Begin, true, Never)]
    [InlineData("CORRUPT", Body, false, Never)]
    [InlineData("CORRUPT_INDEX", Body, false, Never)]
    [InlineData("NOTADB", Open, true, Never)]
    [InlineData("CONSTRAINT", Body, false, Never)]
    [InlineData("CONSTRAINT_UNIQUE", Body, false, Never)]
    [InlineData("CONSTRAINT_FOREIGNKEY", Commit, false, Never)]
    [InlineData("PERM", Open, true, Never)]
    [InlineData("AUTH", Body, false, Never)]
    [InlineData("MISUSE", Body, false, Never)]
    [InlineData("ERROR", Body, false, Never)]
    [InlineData("TOOBIG", Body, false, Never)]
    [InlineData("MISMATCH", Body, false, Never)]
    [InlineData("RANGE", Body, false, Never)]
    [InlineData("ABORT", Body, false, Never)]
    public void A_code_has_its_verdict(string name, SqliteStage stage, bool autocommit, SqliteVerdict verdict) =>
        Assert.Equal(verdict, SqliteClassification.Of(Code(name), stage, autocommit, Primary));

    [Theory]
    [InlineData("IOERR_READ", Body, Reopen, 2)]
    [InlineData("IOERR_SHORT_READ", Body, Reopen, 2)]
    [InlineData("IOERR_CORRUPTFS", Body, Reopen, 2)]
    [InlineData("IOERR_SHMOPEN", Open, Reopen, 2)]
    [InlineData("IOERR_SHMSIZE", Open, Reopen, 2)]
    [InlineData("IOERR_SHMLOCK", Begin, Reopen, 2)]
    [InlineData("IOERR_SHMMAP", Begin, Reopen, 2)]
    [InlineData("PROTOCOL", Begin, Reopen, 2)]
    [InlineData("CANTOPEN", Open, Reopen, 3)]
    [InlineData("READONLY_RECOVERY", Open, Reopen, 2)]
    [InlineData("READONLY_CANTINIT", Open, Reopen, 2)]
    [InlineData("READONLY_DBMOVED", Body, Reopen, 1)]
    [InlineData("SCHEMA", Body, RetryTransaction, 1)]
    [InlineData("ABORT_ROLLBACK", Body, RetryTransaction, 1)]
    public void A_verdict_with_a_limit_ends_there(string name, SqliteStage stage, SqliteVerdict verdict, int most)
    {
        for (int earlier = 0; earlier < most; earlier++)
            Assert.Equal(verdict, SqliteClassification.Of(Code(name), stage, true, Primary, earlier));
        Assert.Equal(Never, SqliteClassification.Of(Code(name), stage, true, Primary, most));
    }

    [Theory]
    [InlineData("CANTOPEN_NOTEMPDIR")]
    [InlineData("CANTOPEN_ISDIR")]
    [InlineData("CANTOPEN_FULLPATH")]
    [InlineData("CANTOPEN_CONVPATH")]
    [InlineData("CANTOPEN_SYMLINK")]
    public void What_cannot_be_opened_for_its_name_is_not_tried_again(string name) =>
        Assert.Equal(Never, SqliteClassification.Of(Code(name), Open, true, Primary));

    [Fact]
    public void What_has_no_directory_is_not_opened_again() =>
        Assert.Equal(Never, SqliteClassification.Of(SqliteCode.CannotOpen, Open, true, Primary, 0, parentExists: false));

    [Theory]
    [InlineData("CORRUPT")]
    [InlineData("CORRUPT_INDEX")]
    [InlineData("NOTADB")]
    public void A_broken_cache_is_opened_again_before_it_is_given_up(string name)
    {
        Assert.Equal(Reopen, SqliteClassification.Of(Code(name), Body, false, Cache));
        Assert.Equal(Never, SqliteClassification.Of(Code(name), Body, false, Cache, SqliteClassification.MostReopens));
    }

    [Fact]
    public void Only_the_first_stale_snapshot_is_answered_without_a_wait()
    {
        Assert.True(SqliteClassification.IsRetriedAtOnce(Code("BUSY_SNAPSHOT"), 0));
        Assert.False(SqliteClassification.IsRetriedAtOnce(Code("BUSY_SNAPSHOT"), 1));
        Assert.False(SqliteClassification.IsRetriedAtOnce(SqliteCode.Busy, 0));
    }

    private static SqliteCode Code(string name) => SqliteCode.FromName(name)!.Value;
}
