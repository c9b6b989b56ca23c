using System;
using System.Globalization;
using System.Linq;

namespace ProcessDedup.Report;

/// <summary>The answers over time, as columns.</summary>
internal static class ColumnPicture
{
    private const int Height = 120;

    public static void Write(HtmlText html, DedupReport report)
    {
        if (report.Columns.Count < 2)
            return;
        long most = report.Columns.Max(c => c.Answers);
        string span = Span(report.ColumnSec);
        html.Markup("<section aria-labelledby=\"h-time\">\n<h2 id=\"h-time\">Over time</h2>\n<p class=\"note\">Answers in each ")
            .Text(span).Markup(", at most ").Text(Figures.Number(most)).Markup(".</p>\n<figure>\n")
            .Markup($"<svg class=\"columns\" height=\"{Height}\" role=\"img\" aria-labelledby=\"time-t time-d\"><title id=\"time-t\">Answers over time</title><desc id=\"time-d\">")
            .Text($"{report.Columns.Count} columns of {span} each; the highest has {Figures.Count(most, "answer", "answers")}.").Markup("</desc>");
        foreach (int line in new[] { 0, Height / 2, Height })
            html.Markup($"<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"{Math.Min(line + 0.5, Height - 0.5)}\" y2=\"{Math.Min(line + 0.5, Height - 0.5)}\"/>");
        double slot = 100.0 / report.Columns.Count;
        // Few columns are not meant to be walls.
        double width = Math.Min(0.76 * slot, 5);
        for (int i = 0; i < report.Columns.Count; i++)
            Column(html, report.Columns[i], (i + 0.5) * slot - width / 2, width, most);
        html.Markup("</svg>\n<div class=\"axis\" aria-hidden=\"true\"><span>").Text(Label(report, 0)).Markup("</span><span>")
            .Text(Label(report, report.Columns.Count / 2)).Markup("</span><span>").Text(Label(report, report.Columns.Count - 1)).Markup("</span></div>\n")
            .Markup("<details><summary>In figures</summary>\n<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">from</th>");
        foreach (Share share in Share.Of(report.Totals))
            html.Markup("<th scope=\"col\">").Text(share.Name).Markup("</th>");
        html.Markup("</tr></thead>\n<tbody>\n");
        foreach (ReportColumn column in report.Columns.Where(c => c.Answers > 0))
        {
            html.Markup("<tr><th scope=\"row\">").Text(Figures.Second(column.From)).Markup("</th>");
            foreach (long count in new[] { column.Hits, column.Waits, column.Revalidated, column.Produced, column.Stale })
                html.Markup("<td>").Text(Figures.Number(count)).Markup("</td>");
            html.Markup("</tr>\n");
        }

        html.Markup("</tbody>\n</table></div>\n</details>\n</figure>\n</section>\n");
    }

    private static void Column(HtmlText html, ReportColumn column, double x, double width, long most)
    {
        double bottom = Height;
        foreach ((string name, long count) in new[]
        {
            ("work", column.Produced), ("wait", column.Waits), ("same", column.Revalidated), ("old", column.Stale), ("hit", column.Hits),
        })
        {
            if (count == 0)
                continue;
            double height = (double)Height * count / most;
            bottom -= height;
            html.Markup($"<rect class=\"{name}\" x=\"{x:0.###}%\" width=\"{width:0.###}%\" y=\"{bottom:0.##}\" height=\"{height:0.##}\"/>");
        }
    }

    private static string Label(DedupReport report, int column) => report.Columns[column].From.ToLocalTime().ToString(
        report.ColumnSec >= 86400 ? "d MMM" : report.ColumnSec >= 1800 ? "d MMM HH:mm" : report.ColumnSec >= 60 ? "HH:mm" : "HH:mm:ss",
        CultureInfo.InvariantCulture);

    private static string Span(double seconds) => seconds switch
    {
        1 => "second",
        < 60 => FormattableString.Invariant($"{seconds:0} seconds"),
        60 => "minute",
        < 3600 => FormattableString.Invariant($"{seconds / 60:0} minutes"),
        3600 => "hour",
        < 86400 => FormattableString.Invariant($"{seconds / 3600:0} hours"),
        86400 => "day",
        _ => "week",
    };
}
