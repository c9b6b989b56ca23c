using System;
using System.IO;
using System.Linq;
using ProcessDedup.Fetch;
using ProcessDedup.Report;
using ProcessDedup.Tests.Flight;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Report;

/// <summary>What a report makes of the journal.</summary>
public sealed class ReportTests : IDisposable
{
    private readonly Journal _journal = new();

    public void Dispose() => _journal.Dispose();

    [Fact]
    public void A_real_flight_is_in_the_report_with_its_leader_and_its_waiter()
    {
        using var it = new Caching();
        OriginFile file = it.Origin.Serve("/file", new byte[1000]);
        file.Gate = new OriginGate(500);
        using Peer leader = it.Getter(file.Url);
        leader.Expect("READY");
        leader.Say("go");
        file.Gate.WaitReached();
        using Peer waiter = it.Getter(file.Url);
        waiter.Expect("READY");
        waiter.Say("go");
        it.AwaitWaiters(1);
        file.Gate.Open();
        Caching.AnswersOf(leader);
        Caching.AnswersOf(waiter);

        DedupReport report = it.Cache.Report(DateTimeOffset.MinValue);
        ReportFlight flight = Assert.Single(report.Flights);
        Assert.Equal((file.Url, "http", 1, 0), (flight.Source, flight.Kind, flight.Waiters, flight.MoreParticipants));
        Assert.Equal([(leader.Id, true, null), (waiter.Id, false, (int?)leader.Id)], flight.Participants.Select(p => (p.ProcessId, p.IsLeader, p.LeaderProcessId)));
        ReportKey key = Assert.Single(report.Keys);
        Assert.Equal((file.Url, 2, 1, 1, 1000, 1000), (key.Source, key.Answers, key.Waits, key.Produced, key.BytesTransferred, key.BytesSaved));
        Assert.Equal(2, report.Columns.Sum(c => c.Answers));
        Assert.Contains(leader.Id.ToString(), ReportFile.ToHtml(report), StringComparison.Ordinal);
    }

    [Fact]
    public void Answers_that_overlap_are_a_flight_in_whatever_order_they_were_written()
    {
        // The leader writes last; another flight of the same key is later; hits are no part of any.
        _journal.Waits("a", at: 12, seconds: 9, process: 2, leader: 1);
        _journal.Waits("a", at: 12, seconds: 4, process: 3, leader: 1);
        _journal.Works("a", at: 12.5, seconds: 10, process: 1);
        _journal.Hits("a", at: 13, process: 4);
        _journal.Works("a", at: 40, seconds: 5, process: 5);
        _journal.Works("b", at: 41, seconds: 5, process: 6);
        DedupReport report = _journal.Report();
        ReportFlight flight = Assert.Single(report.Flights);
        Assert.Equal([1, 2, 3], flight.Participants.Select(p => p.ProcessId));
        Assert.Equal((2, 13.0), (flight.Waiters, flight.WaitedSec));
        Assert.Equal(Journal.Ten.AddSeconds(2.5), flight.Began);
        Assert.Equal(Journal.Ten.AddSeconds(12.5), flight.Ended);
        Assert.Equal(0, report.MoreFlights);
    }

    [Fact]
    public void A_line_of_the_journal_holds_any_name_and_is_still_a_line()
    {
        string hostile = "a\"b\\c\nd\u2028\ud83d\ude00<é>" + new string('x', 152) + "\ud83d\ude00";
        _journal.Hits(hostile, 1, 1);
        string source = Assert.Single(_journal.Lines()).GetProperty("u").GetString()!;
        Assert.StartsWith("a\"b\\c\nd\u2028\ud83d\ude00<é>xxx", source, StringComparison.Ordinal);
        Assert.InRange(source.Length, 100, 161);
        foreach (string broken in new[] { "", "{", "[]", "{\"t\":1}", "{\"t\":1e99,\"k\":\"\"}", "\0\0" })
            _journal.Line(broken);
        Assert.Equal(1, _journal.Report().Totals.Answers);
    }

    [Fact]
    public void Lines_that_cannot_be_true_are_left_out_and_spoil_no_sum()
    {
        long ten = Journal.Ten.ToUnixTimeMilliseconds();
        _journal.Works("good", at: 10, seconds: 5, process: 1);
        foreach ((long at, string status, string bytes, string waited) in new[]
        {
            (-1, "Hit", "1", "0"), (ten, "Hit", "1", "1e14"), (ten, "Hit", "1", "1e300"), (ten, "Hit", "1", "-5"), (ten, "Hit", "-1", "0"),
            (ten, "Hit", "9223372036854775807", "0"), (ten, "SomethingOfLaterVersions", "1", "0"), (ten, "", "1", "0"),
            // A clock that was ahead by centuries.
            (253402300799999, "Hit", "1", "0"), (long.MaxValue, "Hit", "1", "0"),
        })
        {
            _journal.Line($$"""{"t":{{at}},"k":"bad","s":"{{status}}","b":{{bytes}},"n":0,"w":{{waited}},"d":0,"v":0,"p":1}""");
        }

        DedupReport report = _journal.Report();
        Assert.Equal("good", Assert.Single(report.Keys).Source);
        Assert.Equal((1, 0, 0.0), (report.Totals.Answers, report.Totals.BytesSaved, report.Totals.WaitedSec));
        Assert.Contains("1 answer", ReportFile.ToHtml(report), StringComparison.Ordinal);
    }

    [Fact]
    public void A_clock_that_is_set_back_in_the_middle_leaves_every_bar_in_its_picture()
    {
        _journal.Waits("a", at: 100, seconds: 9, process: 2, leader: 1, saved: 10);
        _journal.Works("a", at: 95, seconds: 10, process: 1);
        _journal.Waits("a", at: 40, seconds: 50, process: 3, leader: 1, saved: 10);
        _journal.Hits("a", at: -3600, process: 4);
        DedupReport report = _journal.Report();
        Assert.Equal((Journal.Ten.AddSeconds(-3600), Journal.Ten.AddSeconds(100)), (report.Since, report.Until));
        foreach (ReportFlight flight in report.Flights)
        {
            Assert.True(flight.Ended > flight.Began);
            Assert.All(flight.Participants, p => Assert.InRange(p.Began, flight.Began, flight.Ended));
        }

        Assert.Equal(4, report.Columns.Sum(c => c.Answers));
        Assert.DoesNotContain("\"-", ReportFile.ToHtml(report).Replace("x=\"-8\"", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void A_huge_journal_makes_a_bounded_page_that_counts_the_rest()
    {
        for (int i = 0; i < 400; i++)
        {
            for (int w = 0; w < 30; w++)
                _journal.Waits("key " + i, at: i * 60 + 10, seconds: 9, process: 100 + w, leader: 7, saved: i);
            _journal.Works("key " + i, at: i * 60 + 10, seconds: 10, process: 7);
        }

        DedupReport report = _journal.Report();
        Assert.Equal(400, report.Keys.Count + report.MoreKeys);
        Assert.Equal(400, report.Flights.Count + report.MoreFlights);
        Assert.Equal("key 399", report.Keys[0].Source);
        Assert.All(report.Flights, f => Assert.Equal(31, f.Participants.Count + f.MoreParticipants));
        Assert.All(report.Flights, f => Assert.True(f.Participants[0].IsLeader));
        Assert.InRange(report.Columns.Count, 10, 49);
        Assert.Equal(400 * 31, report.Columns.Sum(c => c.Answers));
        string page = ReportFile.ToHtml(report);
        Assert.InRange(page.Length, 10_000, 150_000);
        Assert.Contains("and 375 more keys", page, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_before_is_left_out_and_of_nothing_there_is_a_page_as_well()
    {
        _journal.Hits("early", 0, 1);
        _journal.Hits("late", 60, 1);
        Assert.Equal("late", Assert.Single(_journal.Report(Journal.Ten.AddSeconds(30)).Keys).Source);
        DedupReport nothing = _journal.Report(Journal.Ten.AddYears(1));
        Assert.Null(nothing.Since);
        Assert.Contains("Nothing was asked for", ReportFile.ToHtml(nothing), StringComparison.Ordinal);
    }

    [Fact]
    public void The_file_is_whole_or_not_there_and_places_that_will_not_do_are_named()
    {
        _journal.Hits("x", 0, 1);
        DedupReport report = _journal.Report();
        string odd = _journal.Place.File("größe & <ünï> .html");
        File.WriteAllText(odd, "older");
        Assert.Equal(odd, ReportFile.Write(report, odd));
        Assert.StartsWith("<!DOCTYPE html>", File.ReadAllText(odd), StringComparison.Ordinal);
        Links.ToFile(_journal.Place.File("link"), odd);
        ReportFile.Write(report, _journal.Place.File("link"));
        Assert.NotNull(new FileInfo(_journal.Place.File("link")).LinkTarget);
        ReportFile.Write(report, "/dev/null");
        Assert.Empty(File.ReadAllBytes("/dev/null"));
        foreach (string bad in new[] { "", "a\0b", _journal.Place.Path, _journal.Place.File("missing/report.html"), odd + "/below", "/proc/report.html", _journal.Place.File(new string('n', 300)) })
        {
            FetchException failure = Assert.Throws<FetchException>(() => ReportFile.Write(report, bad));
            Assert.True(failure.NextStep.Length > 10, failure.Message);
        }

        Assert.Empty(Directory.GetFiles(_journal.Place.Path, "*.tmp"));
    }
}
