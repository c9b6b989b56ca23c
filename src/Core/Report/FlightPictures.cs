using System;
using System.Globalization;

namespace ProcessDedup.Report;

/// <summary>Leaders and those who waited for them, a picture a key: a row a process, all on the time of the flight.</summary>
internal static class FlightPictures
{
    private const int Row = 24;
    private const int Bar = 13;
    private const int Axis = 24;

    // A bar that cannot be seen says that there was nothing.
    private const double ThinnestPercent = 0.6;

    public static void Write(HtmlText html, DedupReport report)
    {
        html.Markup("<section aria-labelledby=\"h-flights\">\n<h2 id=\"h-flights\">Who worked, who waited</h2>\n");
        if (report.Flights.Count == 0)
        {
            html.Markup("<p class=\"note\">Nobody had to work or wait: everything was there.</p>\n</section>\n");
            return;
        }

        bool isShared = report.Flights[0].Waiters > 0;
        html.Markup("<p class=\"note\">").Text(isShared
                ? "The flights that most processes waited for, one of each key. A row is a process, named by its PID."
                : "Nobody had to wait. This is who worked, one flight of each key. A row is a process, named by its PID.")
            .Markup("</p>\n<ul class=\"legend\"><li><i class=\"work\"></i>works</li><li><i class=\"wait striped\"></i>waits</li></ul>\n")
            // Used by all pictures below.
            .Markup("<svg width=\"0\" height=\"0\" class=\"none\" aria-hidden=\"true\" focusable=\"false\"><defs><pattern id=\"stripes\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect class=\"stripe-a\" width=\"6\" height=\"6\"/><rect class=\"stripe-b\" width=\"1.5\" height=\"6\"/></pattern></defs></svg>\n");
        html.Markup("<div class=\"flights\">\n");
        for (int i = 0; i < report.Flights.Count; i++)
            Flight(html, report.Flights[i], i + 1);
        html.Markup("</div>\n");
        if (report.MoreFlights > 0)
            html.Markup("<p class=\"more\">and ").Text(Figures.Count(report.MoreFlights, "more flight", "more flights")).Markup(" that somebody waited for</p>\n");
        html.Markup("</section>\n");
    }

    private static void Flight(HtmlText html, ReportFlight flight, int number)
    {
        double span = Math.Max(0.001, (flight.Ended - flight.Began).TotalSeconds);
        int height = flight.Participants.Count * Row + Axis;
        html.Markup("<figure class=\"flight\">\n<figcaption><b>").Name(flight.Source).Markup("</b> <span class=\"kind\">").Text(flight.Kind)
            .Markup("</span><br><span class=\"note\">").Text(Figures.Second(flight.Began) + ": " + Summary(flight)).Markup("</span></figcaption>\n")
            .Markup($"<svg class=\"rows\" height=\"{height}\" role=\"img\" aria-labelledby=\"f{number}-t f{number}-d\"><title id=\"f{number}-t\">Time line of ")
            .Text(flight.Source).Markup($"</title><desc id=\"f{number}-d\">").Text(Summary(flight)).Markup("</desc>");
        for (int tick = 0; tick <= 4; tick++)
        {
            html.Markup($"<line class=\"grid\" x1=\"{tick * 25}%\" x2=\"{tick * 25}%\" y1=\"0\" y2=\"{height - Axis + 2}\"/>");
            string anchor = tick == 0 ? "start" : tick == 4 ? "end" : "middle";
            // "1 min 7 s" in the middle of a telephone would run into what is at its end.
            string kind = tick == 2 && span >= 120 ? "tick long" : "tick";
            if (tick % 2 == 0)
                html.Markup($"<text class=\"{kind}\" x=\"{tick * 25}%\" y=\"{height - 6}\" text-anchor=\"{anchor}\">").Text(tick == 0 ? "0" : Tick(span * tick / 4)).Markup("</text>");
        }

        for (int i = 0; i < flight.Participants.Count; i++)
            Process(html, flight, flight.Participants[i], i * Row, span);
        html.Markup("</svg>\n");
        if (flight.MoreParticipants > 0)
            html.Markup("<p class=\"more\">and ").Text(Figures.Count(flight.MoreParticipants, "more process", "more processes")).Markup("</p>\n");
        Table(html, flight);
        html.Markup("</figure>\n");
    }

    private static void Process(HtmlText html, ReportFlight flight, ReportParticipant who, int top, double span)
    {
        double x = 100 * Math.Max(0, (who.Began - flight.Began).TotalSeconds) / span;
        double waited = 100 * who.WaitedSec / span;
        double worked = 100 * who.WorkedSec / span;
        int y = top + (Row - Bar) / 2;
        int text = top + Row / 2 + 4;
        html.Markup($"<text class=\"pid{(who.IsLeader ? " lead" : "")}\" x=\"-8\" y=\"{text}\" text-anchor=\"end\">{who.ProcessId}</text>");
        if (who.WaitedSec > 0)
            html.Markup($"<rect class=\"bar waits\" x=\"{x:0.###}%\" y=\"{y}\" width=\"{Math.Max(ThinnestPercent, Math.Min(waited, 100 - x)):0.###}%\" height=\"{Bar}\" rx=\"2\"/>");
        if (who.WorkedSec > 0)
            html.Markup($"<rect class=\"bar works\" x=\"{Math.Min(x + waited, 100 - ThinnestPercent):0.###}%\" y=\"{y}\" width=\"{Math.Max(ThinnestPercent, Math.Min(worked, 100 - x - waited)):0.###}%\" height=\"{Bar}\" rx=\"2\"/>");
        html.Markup($"<text class=\"took\" x=\"100%\" dx=\"8\" y=\"{text}\">").Text(Figures.Seconds(who.WaitedSec + who.WorkedSec)).Markup("</text>");
    }

    private static void Table(HtmlText html, ReportFlight flight)
    {
        html.Markup("<details><summary>In figures</summary>\n<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">process</th><th scope=\"col\">asked after</th><th scope=\"col\">waited</th><th scope=\"col\">for</th><th scope=\"col\">worked</th><th scope=\"col\">answer</th></tr></thead>\n<tbody>\n");
        foreach (ReportParticipant who in flight.Participants)
        {
            html.Markup($"<tr><th scope=\"row\">{who.ProcessId}</th><td>").Text(Figures.Seconds(Math.Max(0, (who.Began - flight.Began).TotalSeconds)))
                .Markup("</td><td>").Text(Figures.Seconds(who.WaitedSec))
                .Markup("</td><td>").Text(who.LeaderProcessId?.ToString(CultureInfo.InvariantCulture) ?? "–")
                .Markup("</td><td>").Text(Figures.Seconds(who.WorkedSec)).Markup("</td><td>").Text(who.Status).Markup("</td></tr>\n");
        }

        html.Markup("</tbody>\n</table></div>\n</details>\n");
    }

    private static string Summary(ReportFlight flight)
    {
        string text = string.Empty;
        foreach (ReportParticipant who in flight.Participants)
        {
            if (who.IsLeader)
                text += FormattableString.Invariant($"{who.ProcessId} worked {Figures.Seconds(who.WorkedSec)}; ");
        }

        return flight.Waiters == 0 ? text + "nobody waited"
            : $"{text}{Figures.Number(flight.Waiters)} waited, {Figures.Seconds(flight.WaitedSec)}{(flight.Waiters == 1 ? string.Empty : " altogether")}";
    }

    private static string Tick(double seconds) => seconds switch
    {
        < 1 => Figures.Seconds(seconds),
        < 60 => seconds.ToString("0.#", CultureInfo.InvariantCulture) + " s",
        _ => Figures.Seconds(seconds),
    };
}
