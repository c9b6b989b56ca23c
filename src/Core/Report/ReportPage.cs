using System;
using System.Collections.Generic;
using ProcessDedup.Fetch;
using ProcessDedup.Store;

namespace ProcessDedup.Report;

/// <summary>
/// A report as one HTML page that needs nothing else: no script, no other file, no network. It can be mailed, kept as a
/// job's artifact, printed, and read on a telephone.
/// </summary>
internal static class ReportPage
{
    // Nothing at all may be loaded or run, whatever a name manages to look like.
    private const string Policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

    public static string Render(DedupReport report)
    {
        var html = new HtmlText();
        html.Markup("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
            .Markup("<meta http-equiv=\"Content-Security-Policy\" content=\"").Text(Policy).Markup("\">\n")
            .Markup("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Markup("<meta name=\"color-scheme\" content=\"light dark\">\n")
            .Markup("<title>ProcessDedup on ").Text(report.Machine).Markup("</title>\n<style>\n")
            .Markup(PageStyle.Css).Markup("</style>\n</head>\n<body>\n<main>\n");
        Header(html, report);
        if (report.Since is not null)
        {
            Tiles(html, report.Totals);
            Shares(html, report.Totals);
            ColumnPicture.Write(html, report);
            FlightPictures.Write(html, report);
            KeyTable.Write(html, report);
        }

        Footer(html, report);
        return html.Markup("</main>\n</body>\n</html>\n").ToString();
    }

    private static void Header(HtmlText html, DedupReport report)
    {
        html.Markup("<header>\n<p class=\"where\">ProcessDedup on ").Name(report.Machine).Markup("</p>\n");
        if (report.Since is not { } since || report.Until is not { } until)
        {
            html.Markup("<h1>Nothing was asked for</h1>\n<p class=\"lead\">The journal of the cache has no answer");
            if (report.Asked is { } asked)
                html.Markup(" since ").Text($"{Figures.Moment(asked)} ({Figures.Zone(asked)})");
            html.Markup(".</p>\n</header>\n");
            return;
        }

        CacheStatistics totals = report.Totals;
        html.Markup("<h1>").Text(Figures.Count(totals.Answers, "answer", "answers")).Markup(", ")
            .Text(totals.Produced == 0 ? "no work" : "work done " + Times(totals.Produced)).Markup("</h1>\n<p class=\"lead\">")
            .Text($"{Figures.Span(since, until)} ({Figures.Zone(until)})").Markup("</p>\n</header>\n");
    }

    private static string Times(long times) => times switch
    {
        1 => "once",
        2 => "twice",
        _ => Figures.Number(times) + " times",
    };

    private static void Tiles(HtmlText html, CacheStatistics totals)
    {
        html.Markup("<dl class=\"tiles\">\n");
        Tile(html, "time saved", Figures.Seconds(totals.SavedSec), "of work, less the waits for it");
        Tile(html, "not fetched again", ByteCount.Describe(totals.BytesSaved), $"{ByteCount.Describe(totals.BytesTransferred)} came over the network");
        Tile(html, "without work", FormattableString.Invariant($"{totals.HitPercent ?? 0:0.#} %"), $"of {Figures.Count(totals.Answers, "answer", "answers")}");
        Tile(html, "waited", Figures.Seconds(totals.WaitedSec), $"by {Figures.Count(totals.Waits, "answer", "answers")}; {Figures.Seconds(totals.WorkedSec)} of work");
        html.Markup("</dl>\n");
    }

    private static void Tile(HtmlText html, string name, string value, string note) => html
        .Markup("<div><dt>").Text(name).Markup("</dt><dd><b>").Text(value).Markup("</b><span>").Text(note).Markup("</span></dd></div>\n");

    /// <summary>How the answers came about, as one bar and its legend, which has the figures.</summary>
    private static void Shares(HtmlText html, CacheStatistics totals)
    {
        html.Markup("<section aria-labelledby=\"h-shares\">\n<h2 id=\"h-shares\">How answers came about</h2>\n")
            .Markup("<svg class=\"shares\" height=\"18\" aria-hidden=\"true\" focusable=\"false\">");
        double x = 0;
        foreach (Share share in Share.Of(totals))
        {
            double width = 100.0 * share.Count / totals.Answers;
            if (share.Count > 0)
                html.Markup($"<rect class=\"{share.Class}\" x=\"{x:0.###}%\" width=\"{width:0.###}%\" height=\"18\"/>");
            x += width;
        }

        html.Markup("</svg>\n<ul class=\"legend\">\n");
        foreach (Share share in Share.Of(totals))
        {
            if (share.Count == 0)
                continue;
            html.Markup($"<li><i class=\"{share.Class}\"></i>").Text(share.Name)
                .Markup(" <b>").Text(Figures.Number(share.Count)).Markup("</b></li>\n");
        }

        html.Markup("</ul>\n</section>\n");
    }

    private static void Footer(HtmlText html, DedupReport report)
    {
        html.Markup("<footer>\n");
        if (report.Since is not null)
        {
            html.Markup("<p>Time saved is the time that it took to get what was given again, less the time that was waited for it. ")
                .Markup("Times of work and of waiting add up over processes, so they may be longer than the time that passed.</p>\n");
        }

        html.Markup("<p>Made ")
            .Text($"{Figures.Second(report.MadeAt)} ({Figures.Zone(report.MadeAt)})").Markup(" by ProcessDedup ")
            .Text(typeof(ReportPage).Assembly.GetName().Version?.ToString(3) ?? string.Empty)
            .Markup(" from the journal of the cache. This page loads nothing and runs nothing.</p>\n</footer>\n");
    }
}

/// <summary>One of the ways in which answers come about.</summary>
internal readonly record struct Share(string Class, string Name, long Count)
{
    public static IReadOnlyList<Share> Of(CacheStatistics totals) =>
    [
        new("hit", "in the cache", totals.Hits),
        new("wait", "waited for another", totals.Waits),
        new("same", "confirmed by the origin", totals.Revalidated),
        new("work", "fetched or made", totals.Produced),
        new("old", "older than wanted", totals.Stale),
    ];
}
