using ProcessDedup.Fetch;

namespace ProcessDedup.Report;

/// <summary>The keys that mattered most. On a narrow page each row becomes a card.</summary>
internal static class KeyTable
{
    public static void Write(HtmlText html, DedupReport report)
    {
        // The roles are said: a table that is laid out as cards is none to some browsers otherwise.
        html.Markup("<section aria-labelledby=\"h-keys\">\n<h2 id=\"h-keys\">What was shared</h2>\n<p class=\"note\">By the time that it saved.</p>\n<table class=\"keys\" role=\"table\" aria-labelledby=\"h-keys\">\n<thead role=\"rowgroup\"><tr role=\"row\">");
        foreach (string name in new[] { "what", "answers", "fetched or made", "waited for", "worked", "bytes saved", "time saved" })
            html.Markup("<th scope=\"col\" role=\"columnheader\">").Text(name).Markup("</th>");
        html.Markup("</tr></thead>\n<tbody role=\"rowgroup\">\n");
        foreach (ReportKey key in report.Keys)
        {
            html.Markup("<tr role=\"row\"><th scope=\"row\" role=\"rowheader\">").Name(key.Source).Markup(" <span class=\"kind\">").Text(key.Kind).Markup("</span></th>");
            Cell(html, "answers", Figures.Number(key.Answers));
            Cell(html, "fetched or made", Figures.Number(key.Produced));
            Cell(html, "waited for", Figures.Number(key.Waits));
            Cell(html, "worked", Figures.Seconds(key.WorkedSec));
            Cell(html, "bytes saved", ByteCount.Describe(key.BytesSaved));
            Cell(html, "time saved", Figures.Seconds(key.SavedSec));
            html.Markup("</tr>\n");
        }

        html.Markup("</tbody>\n</table>\n");
        if (report.MoreKeys > 0)
            html.Markup("<p class=\"more\">and ").Text(Figures.Count(report.MoreKeys, "more key", "more keys")).Markup("</p>\n");
        html.Markup("</section>\n");
    }

    private static void Cell(HtmlText html, string name, string value) => html
        .Markup("<td role=\"cell\" data-name=\"").Text(name).Markup("\">").Text(value).Markup("</td>");
}
