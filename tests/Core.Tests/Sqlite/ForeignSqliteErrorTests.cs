using System;
using System.Collections.Generic;
using ProcessDedup.Sqlite;
using Xunit;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>What is known of an error of somebody else's SQLite, and what is done about it.</summary>
public sealed class ForeignSqliteErrorTests
{
    /// <summary>Called after SQLite, as the errors of its libraries are.</summary>
    private sealed class SQLiteFakeException(string message, params (string Name, object Value)[] properties) : Exception(message)
    {
        public object? Get(string name)
        {
            foreach ((string key, object value) in properties)
            {
                if (key == name)
                    return value;
            }

            return null;
        }
    }

    private sealed class OtherException(string message, params (string Name, object Value)[] properties) : Exception(message)
    {
        public object? Get(string name) => new SQLiteFakeException("", properties).Get(name);
    }

    private enum ResultCode
    {
        Busy = 5,
    }

    private static object? Property(Exception e, string name) => e switch
    {
        SQLiteFakeException fake => fake.Get(name),
        OtherException other => other.Get(name),
        _ => null,
    };

    public static TheoryData<int, Exception> Known => new()
    {
        { 517, new SQLiteFakeException("", ("SqliteErrorCode", 5), ("SqliteExtendedErrorCode", 517)) },
        { 5, new SQLiteFakeException("", ("SqliteErrorCode", 5), ("SqliteExtendedErrorCode", 5), ("ErrorCode", -2147467259)) },
        { 5, new SQLiteFakeException("", ("ResultCode", ResultCode.Busy), ("ErrorCode", 5)) },
        { 3850, new SQLiteFakeException("", ("ResultCode", 10), ("ErrorCode", 3850)) },
        { 5, new SQLiteFakeException("", ("Result", ResultCode.Busy)) },
        { 3850, new OtherException("", ("SqliteErrorCode", 3850L)) },
        { 5, new InvalidOperationException("outer", new AggregateException(new InvalidOperationException("a"), new SQLiteFakeException("", ("SqliteErrorCode", 5)))) },
        // A code in any link is worth more than the words of an outer one.
        { 3850, new InvalidOperationException("database is locked", new SQLiteFakeException("", ("SqliteErrorCode", 3850))) },
        { 5, new InvalidOperationException("SQLite Error 5: 'database is locked'.") },
        { 3850, new InvalidOperationException("failed with SQLITE_IOERR_LOCK (3850)") },
        { 6, new InvalidOperationException("SQLITE_NONSENSE then SQLITE_LOCKED") },
    };

    [Theory]
    [MemberData(nameof(Known))]
    public void The_code_is_found(int code, Exception error) =>
        Assert.Equal(new SqliteCode(code), ForeignSqliteError.Find(error, Property));

    public static TheoryData<Exception> Unknown => new()
    {
        new InvalidOperationException("something else"),
        new OtherException("", ("ErrorCode", 5), ("ResultCode", 5), ("Result", 5)),
        new SQLiteFakeException("", ("SqliteErrorCode", 0), ("ErrorCode", -2147467259)),
        new SQLiteFakeException("", ("SqliteErrorCode", "5"), ("ResultCode", ulong.MaxValue), ("ErrorCode", 4711)),
        new InvalidOperationException("database table is locked by an administrator of something"),
        new InvalidOperationException("SQLITE_OK SQLITE_ROW SQLITE_"),
    };

    [Theory]
    [MemberData(nameof(Unknown))]
    public void Others_are_left_alone(Exception error) => Assert.Null(ForeignSqliteError.Find(error, Property));

    [Theory]
    [InlineData("BUSY", SqliteVerdict.RetryTransaction)]
    [InlineData("BUSY_RECOVERY", SqliteVerdict.RetryTransaction)]
    [InlineData("BUSY_SNAPSHOT", SqliteVerdict.RetryTransaction)]
    [InlineData("BUSY_TIMEOUT", SqliteVerdict.RetryTransaction)]
    [InlineData("LOCKED_SHAREDCACHE", SqliteVerdict.RetryTransaction)]
    [InlineData("SCHEMA", SqliteVerdict.RetryTransaction)]
    [InlineData("IOERR_LOCK", SqliteVerdict.Reopen)]
    [InlineData("IOERR_CHECKRESERVEDLOCK", SqliteVerdict.Reopen)]
    [InlineData("PROTOCOL", SqliteVerdict.Reopen)]
    [InlineData("CANTOPEN", SqliteVerdict.Reopen)]
    [InlineData("READONLY_RECOVERY", SqliteVerdict.Reopen)]
    [InlineData("IOERR", SqliteVerdict.Verify)]
    [InlineData("IOERR_FSYNC", SqliteVerdict.Verify)]
    [InlineData("IOERR_UNLOCK", SqliteVerdict.Verify)]
    [InlineData("IOERR_READ", SqliteVerdict.Verify)]
    [InlineData("IOERR_SHMMAP", SqliteVerdict.Verify)]
    [InlineData("IOERR_DELETE_NOENT", SqliteVerdict.Verify)]
    [InlineData("FULL", SqliteVerdict.Verify)]
    [InlineData("LOCKED", SqliteVerdict.Never)]
    [InlineData("CONSTRAINT", SqliteVerdict.Never)]
    [InlineData("CORRUPT", SqliteVerdict.Never)]
    [InlineData("READONLY", SqliteVerdict.Never)]
    [InlineData("INTERRUPT", SqliteVerdict.Never)]
    [InlineData("ERROR", SqliteVerdict.Never)]
    public void Only_what_surely_committed_nothing_is_tried_again(string name, SqliteVerdict verdict) =>
        Assert.Equal(verdict, SqliteClassification.OfForeign(SqliteCode.FromName(name)!.Value));

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Refused_locks_are_survived_with_new_handles(int times)
    {
        var reopened = new List<Exception>();
        SqliteResult<string> result = ForeignTransaction.Run(
            new SqliteOptions(), attempt => attempt <= times ? throw Failing(3850) : "done", Property, reopened.Add);
        Assert.Equal(("done", times + 1, SqliteOutcome.Committed), (result.Value, result.Attempts, result.Outcome));
        Assert.Equal(times, reopened.Count);
    }

    [Fact]
    public void Refused_for_ever_is_an_error_with_code_and_name()
    {
        int runs = 0;
        SqliteException e = Assert.Throws<SqliteException>(() => ForeignTransaction.Run<int>(
            new SqliteOptions { MaxAttempts = 3 }, _ => throw Failing(3850, ++runs), Property, _ => { }));
        Assert.Equal((SqliteError.SqliteIoError, SqliteOutcome.NotCommitted, 3, 3), (e.Error, e.Outcome, e.Attempts, runs));
        Assert.Contains("SQLITE_IOERR_LOCK (3850)", e.Message, StringComparison.Ordinal);
        e = Assert.Throws<SqliteException>(() => ForeignTransaction.Run<int>(
            new SqliteOptions { Timeout = TimeSpan.FromMilliseconds(50) }, _ => throw Failing(5), Property, _ => { }));
        Assert.Equal(SqliteError.SqliteBusy, e.Error);
        Assert.True(e.Attempts > 1);
    }

    [Fact]
    public void What_may_be_committed_is_unknown_and_not_run_again()
    {
        int runs = 0;
        SqliteException e = Assert.Throws<SqliteException>(() => ForeignTransaction.Run<int>(
            new SqliteOptions(), _ => throw Failing(1034, ++runs), Property, _ => { }));
        Assert.Equal((SqliteError.SqliteOutcomeUnknown, SqliteOutcome.Unknown, 1), (e.Error, e.Outcome, runs));
    }

    [Fact]
    public void Other_errors_come_as_they_are()
    {
        Exception constraint = Failing(19), other = new InvalidOperationException("x");
        foreach (Exception error in new[] { constraint, other })
            Assert.Same(error, Assert.ThrowsAny<Exception>(() => ForeignTransaction.Run<int>(new SqliteOptions(), _ => throw error, Property, _ => { })));
        // One of ours has been tried for already.
        SqliteException ours = SqliteFailures.Missing("x");
        ours.Code = SqliteCode.Busy;
        Assert.Same(ours, Assert.ThrowsAny<Exception>(() => ForeignTransaction.Run<int>(new SqliteOptions(), _ => throw ours, Property, _ => { })));
    }

    private static SQLiteFakeException Failing(int code, int run = 0) =>
        new($"SQLite Error {code}, run {run}", ("SqliteErrorCode", code & 0xff), ("SqliteExtendedErrorCode", code));
}
