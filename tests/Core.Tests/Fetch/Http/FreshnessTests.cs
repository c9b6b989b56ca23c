using System;
using System.Globalization;
using System.IO;
using System.Text.Json;
using ProcessDedup.Fetch.Http;
using Xunit;

namespace ProcessDedup.Tests.Fetch.Http;

public sealed class FreshnessTests
{
    private static readonly DateTimeOffset Then = new(2026, 1, 10, 12, 0, 0, TimeSpan.Zero);

    private static string Date(double secondsFromThen) => Then.AddSeconds(secondsFromThen).ToString("r", CultureInfo.InvariantCulture);

    private static bool IsFresh(HttpMetadata answer, double later, double? readerMaxAge = null) =>
        new Freshness(answer, Then, Then.AddSeconds(later)).IsFresh(readerMaxAge is { } s ? TimeSpan.FromSeconds(s) : null);

    [Theory]
    [InlineData("max-age=60", 59, true)]
    [InlineData("max-age=60", 60, false)]
    [InlineData("private, MAX-AGE=\"60\"", 59, true)]
    [InlineData("max-age=60, max-age=10", 30, false)]
    [InlineData("max-age=x", 0, false)]
    [InlineData("max-age=99999999999999999999", 1000, true)]
    [InlineData("max-age=60, no-cache", 1, false)]
    [InlineData("max-age=60, no-store", 1, false)]
    [InlineData("s-maxage=60", 1, false)]
    [InlineData("immutable", 1, false)]
    [InlineData(null, 1, false)]
    public void The_origin_says_how_long(string? control, double later, bool isFresh) =>
        Assert.Equal(isFresh, IsFresh(new HttpMetadata { CacheControl = control, Date = Date(0) }, later));

    [Fact]
    public void The_age_on_the_way_counts()
    {
        Assert.False(IsFresh(new HttpMetadata { CacheControl = "max-age=60", Age = "50" }, 10));
        Assert.True(IsFresh(new HttpMetadata { CacheControl = "max-age=60", Age = "50" }, 9));
        Assert.False(IsFresh(new HttpMetadata { CacheControl = "max-age=60", Date = Date(-50) }, 10));
        Assert.True(IsFresh(new HttpMetadata { CacheControl = "max-age=60", Date = Date(+50) }, 59));
    }

    [Fact]
    public void Expires_counts_from_the_date_and_after_max_age()
    {
        Assert.True(IsFresh(new HttpMetadata { Date = Date(0), Expires = Date(60) }, 59));
        Assert.False(IsFresh(new HttpMetadata { Date = Date(0), Expires = Date(60) }, 60));
        Assert.False(IsFresh(new HttpMetadata { Date = Date(0), Expires = "0" }, 0));
        Assert.False(IsFresh(new HttpMetadata { Date = Date(0), Expires = Date(60), CacheControl = "max-age=1" }, 2));
    }

    [Fact]
    public void Without_a_word_a_tenth_of_its_age_but_no_more_than_a_day()
    {
        var tenHours = new HttpMetadata { Date = Date(0), LastModified = Date(-36_000) };
        Assert.True(IsFresh(tenHours, 3599));
        Assert.False(IsFresh(tenHours, 3600));
        var years = new HttpMetadata { Date = Date(0), LastModified = Date(-86_400 * 1000) };
        Assert.True(IsFresh(years, 86_399));
        Assert.False(IsFresh(years, 86_400));
        Assert.False(IsFresh(new HttpMetadata { Date = Date(0), LastModified = Date(60) }, 0));
        Assert.False(IsFresh(new HttpMetadata { Date = Date(0), LastModified = "garbage" }, 0));
    }

    [Fact]
    public void The_reader_decides_if_it_wants_to()
    {
        var answer = new HttpMetadata { CacheControl = "no-store, max-age=5" };
        Assert.True(IsFresh(answer, 59, 60));
        Assert.False(IsFresh(answer, 60, 60));
        Assert.False(IsFresh(new HttpMetadata { CacheControl = "max-age=600" }, 0, 0));
    }

    [Fact]
    public void What_comes_from_the_future_is_stale()
    {
        Assert.False(IsFresh(new HttpMetadata { CacheControl = "max-age=60" }, -1));
        Assert.False(IsFresh(new HttpMetadata(), -1, 3600));
        Assert.False(IsFresh(new HttpMetadata { CacheControl = "max-age=60", VariesOnEverything = true }, 1));
    }

    [Theory]
    [InlineData("max-age=60, stale-if-error=30", 90, null, true)]
    [InlineData("max-age=60, stale-if-error=30", 91, null, false)]
    [InlineData("max-age=60", 61, null, false)]
    [InlineData("max-age=60", 160, 100.0, true)]
    [InlineData("max-age=60", 161, 100.0, false)]
    [InlineData("max-age=60, stale-if-error=30", 61, 0.0, false)]
    [InlineData("max-age=60, must-revalidate, stale-if-error=100", 61, null, false)]
    [InlineData("no-store, stale-if-error=100", 61, null, false)]
    [InlineData("max-age=60, must-revalidate", 61, 100.0, true)]
    [InlineData("max-age=60, no-store", 61, 100.0, true)]
    [InlineData("max-age=60", -1, 100.0, false)]
    public void Stale_is_served_within_bounds(string control, double later, double? bound, bool may) => Assert.Equal(
        may,
        new Freshness(new HttpMetadata { CacheControl = control }, Then, Then.AddSeconds(later))
            .MayServeStale(bound is { } s ? TimeSpan.FromSeconds(s) : null));

    [Fact]
    public void What_is_written_is_read_again()
    {
        var all = new HttpMetadata
        {
            ETag = "\"v1\"",
            LastModified = Date(-1),
            ContentType = "text/plain",
            FileName = "a b.txt",
            FinalDisplay = "https://example.org/a?***",
            Date = Date(0),
            Age = "5",
            CacheControl = "max-age=60",
            Expires = Date(60),
            VariesOnEverything = true,
        };
        foreach (HttpMetadata metadata in new[] { all, new HttpMetadata() })
        {
            using var buffer = new MemoryStream();
            using (var json = new Utf8JsonWriter(buffer))
                metadata.Write(json);
            using var document = JsonDocument.Parse(buffer.ToArray());
            Assert.Equal(metadata, HttpMetadata.Read(document.RootElement));
        }
    }

    [Fact]
    public void Not_modified_brings_news_of_all_but_the_body()
    {
        var stored = new HttpMetadata { ETag = "\"v1\"", ContentType = "a/b", FileName = "f", Age = "100", Expires = "0", CacheControl = "max-age=1" };
        HttpMetadata merged = stored.MergedWith(new HttpMetadata { CacheControl = "max-age=2", ContentType = "c/d", Date = Date(0) });
        Assert.Equal(
            new HttpMetadata { ETag = "\"v1\"", ContentType = "a/b", FileName = "f", Expires = "0", CacheControl = "max-age=2", Date = Date(0) },
            merged);
    }

    [Theory]
    [InlineData("Sat, 10 Jan 2026 12:00:00 GMT")]
    [InlineData("Saturday, 10-Jan-26 12:00:00 GMT")]
    [InlineData("Sat Jan 10 12:00:00 2026")]
    public void Dates_come_in_three_forms(string text) => Assert.Equal(Then, HttpDate.TryParse(text));
}
