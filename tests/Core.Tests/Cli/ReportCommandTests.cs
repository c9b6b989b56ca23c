using System;
using System.Globalization;
using System.IO;
using System.Text.Json;
using ProcessDedup.Tests.Harness;
using ProcessDedup.Tests.Report;
using Xunit;

namespace ProcessDedup.Tests.Cli;

/// <summary>procdedup report: figures, JSON, or a page.</summary>
public sealed class ReportCommandTests : IDisposable
{
    private readonly Journal _journal = new();

    public void Dispose() => _journal.Dispose();

    private (int Code, string Output, string Errors) Run(params string[] arguments)
    {
        using Peer procdedup = Peer.Procdedup(_journal.Place, ["report", .. arguments]);
        procdedup.EndInput();
        return procdedup.Finish();
    }

    [Fact]
    public void It_prints_figures_writes_a_page_and_speaks_JSON()
    {
        _journal.Waits("https://example.com/a", at: 12, seconds: 9, process: 2, leader: 1, saved: 10);
        _journal.Works("https://example.com/a", at: 12, seconds: 10, process: 1);
        (int code, string output, string errors) = Run();
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("TIME SAVED", output, StringComparison.Ordinal);
        Assert.Contains("https://example.com/a", output, StringComparison.Ordinal);

        using JsonDocument json = JsonDocument.Parse(Run("--json").Output);
        Assert.Equal(1, json.RootElement.GetProperty("flights")[0].GetProperty("waiters").GetInt32());
        Assert.Equal(2, json.RootElement.GetProperty("totals").GetProperty("answers").GetInt32());

        string file = _journal.Place.File("r.html");
        Assert.Equal((0, file, ""), Run("--out", file));
        Assert.Equal(WithoutTime(File.ReadAllText(file)), WithoutTime(Run("--out", "-").Output + "\n"));
    }

    [Fact]
    public void Since_is_a_span_or_a_date_and_anything_else_is_refused()
    {
        _journal.Hits("https://example.com/a", 0, 1);
        double days = (DateTimeOffset.UtcNow - Journal.Ten).TotalDays;
        foreach ((string since, bool isFound) in new[]
        {
            ((days + 1).ToString("0.0", CultureInfo.InvariantCulture) + "d", true),
            ((days - 1).ToString("0.0", CultureInfo.InvariantCulture) + "d", false),
            ("90m", false), ("2024-03-06T09:59:59Z", true), ("2024-03-06T10:00:01Z", false), ("2024-03-01", true), ("52000w", true),
        })
        {
            (int code, string output, string errors) = Run("--since", since);
            Assert.Equal((0, ""), (code, errors));
            Assert.True(output.StartsWith("since", StringComparison.Ordinal) == isFound, $"--since {since}: {output}");
        }

        foreach (string bad in new[] { "", "h", "8x", "-8h", "NaNd", "1e999d", "99999999w", "yesterday-ish", "2026-02-30" })
        {
            (int code, _, string errors) = Run("--since", bad);
            Assert.Equal(64, code);
            Assert.Contains("--since must be", errors, StringComparison.Ordinal);
        }

        Assert.Equal(64, Run("--json", "--out", "x").Code);
        (int notThere, _, string why) = Run("--out", _journal.Place.File("missing/r.html"));
        Assert.Equal(73, notThere);
        Assert.Contains("missing", why, StringComparison.Ordinal);
    }

    // The page says to the second when it was made.
    private static string WithoutTime(string page)
    {
        int made = page.IndexOf("<p>Made", StringComparison.Ordinal);
        return (page[..made] + page[page.IndexOf(" by ProcessDedup", made, StringComparison.Ordinal)..]).Trim();
    }
}
