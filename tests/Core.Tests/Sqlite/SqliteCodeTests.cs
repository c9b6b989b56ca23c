using System.Linq;
using ProcessDedup.Sqlite;
using Xunit;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>Result codes by name and number.</summary>
public sealed class SqliteCodeTests
{
    [Fact]
    public void It_shows_name_and_number() =>
        Assert.Equal("SQLITE_IOERR_LOCK (3850)", new SqliteCode(3850).ToString());

    [Fact]
    public void A_primary_code_matches_its_cases_and_not_the_other_way_round()
    {
        var ioerrLock = new SqliteCode(3850);
        Assert.True(ioerrLock.Matches(SqliteCode.IoError));
        Assert.True(ioerrLock.Matches(ioerrLock));
        Assert.False(SqliteCode.IoError.Matches(ioerrLock));
        Assert.False(ioerrLock.Matches(new SqliteCode(2058)));
        Assert.False(ioerrLock.Matches(SqliteCode.Busy));
        Assert.NotEqual(SqliteCode.IoError, ioerrLock);
        Assert.Equal(SqliteCode.IoError, ioerrLock.Primary);
    }

    [Fact]
    public void Every_known_code_is_found_by_its_name_and_names_its_primary_code_first()
    {
        Assert.Equal(31, SqliteCodeNames.Known.Count(n => !new SqliteCode(n).IsExtended));
        foreach (int number in SqliteCodeNames.Known)
        {
            var code = new SqliteCode(number);
            Assert.Equal(code, SqliteCode.FromName(code.Name));
            Assert.StartsWith(code.Primary.Name, code.Name, System.StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(10 | (99 << 8), "SQLITE_IOERR (25354)")]
    [InlineData(77, "SQLITE_UNKNOWN (77)")]
    public void A_number_of_the_future_keeps_its_number(int number, string text) =>
        Assert.Equal(text, new SqliteCode(number).ToString());
}
