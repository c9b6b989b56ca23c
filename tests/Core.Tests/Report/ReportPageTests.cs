using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Report;

/// <summary>The page as a browser shows it.</summary>
public sealed class ReportPageTests : IDisposable
{
    // For whoever wants to look at it himself.
    private static readonly string? Gallery = Environment.GetEnvironmentVariable("PROCESSDEDUP_TEST_PICTURES");

    private static readonly string[] Hostile =
    [
        "<script>document.title='owned'</script>",
        "\"><img src=x onerror=\"document.title='owned'\">",
        "</title></style></svg><svg onload=\"document.title='owned'\">",
        "https://example.com/&lt;/a>?x='\"&amp;\u202egpj.exe \u0007 \ud800 日本語 مرحبا",
        "https://example.com/" + new string('w', 140),
    ];

    private readonly Journal _journal = new();

    public void Dispose() => _journal.Dispose();

    [Fact]
    public void It_fits_its_screen_complains_of_nothing_and_has_the_bars()
    {
        for (int i = 0; i < Hostile.Length; i++)
            Fly(Hostile[i], 30 * i, waiters: 3 * i + 1);
        Fly("https://packages.example.org/sdk-8.0.404-linux-x64.tar.gz", 2000, waiters: 20, pace: 37);
        for (int i = 0; i < 60; i++)
            _journal.Hits("https://data.example.net/fixture-" + i % 40, 3000 + i * 7, 5000 + i, saved: i * 100 + 0.4);
        string page = _journal.Write(_journal.Report());
        using Browser browser = Browser.Start();
        foreach ((int width, int height) in new[] { (360, 800), (1280, 800) })
        {
            foreach (string scheme in new[] { "light", "dark" })
            {
                browser.Show(width, height, scheme);
                browser.Open(page);
                Assert.Empty(browser.Complaints);
                Assert.StartsWith("ProcessDedup on", browser.Evaluate("document.title").GetString(), StringComparison.Ordinal);
                Assert.Equal(0, browser.Evaluate("document.querySelectorAll('script, img, link, [onload], [onerror]').length").GetInt32());
                CheckBars(browser);
                Assert.Equal("", browser.Evaluate(Overflow).GetString());
                Assert.Equal("", browser.Evaluate(Collisions).GetString());
                Assert.Equal("", browser.Evaluate(Contrast).GetString());
                if (Gallery is not null)
                    File.WriteAllBytes(Path.Combine(Gallery, $"report-{width}-{scheme}.png"), browser.Picture());
                browser.Evaluate("document.querySelectorAll('details').forEach(d => d.open = true)");
                Assert.Equal("", browser.Evaluate(Overflow).GetString());
            }
        }

        byte[] printed = browser.Print();
        Assert.Equal("%PDF"u8.ToArray(), printed[..4]);
        if (Gallery is not null)
            File.WriteAllBytes(Path.Combine(Gallery, "report.pdf"), printed);
        Assert.Empty(browser.Complaints);
    }

    [Fact]
    public void Every_picture_is_named_and_has_its_figures_in_a_table()
    {
        Fly("https://example.com/a", 10, waiters: 2);
        _journal.Hits("https://example.com/b", 500, 9);
        string page = _journal.Write(_journal.Report());
        using Browser browser = Browser.Start();
        browser.Show(360, 800, "light");
        browser.Open(page);
        Assert.Equal("", browser.Evaluate("""
            [...document.querySelectorAll('svg')].filter(s => s.getAttribute('aria-hidden') !== 'true').map(s => {
              const named = s.getAttribute('aria-labelledby').split(' ').map(i => document.getElementById(i));
              return s.getAttribute('role') === 'img' && named.length === 2 && named.every(n => n && n.textContent.length > 8)
                && s.closest('figure').querySelector('table tbody tr') ? '' : s.outerHTML.slice(0, 200);
            }).join('')
            """).GetString());
        Assert.Equal(3, browser.Evaluate("document.querySelectorAll('.flight tbody tr').length").GetInt32());
        Assert.Equal("en", browser.Evaluate("document.documentElement.lang").GetString());
        Assert.Equal(1, browser.Evaluate("document.querySelectorAll('h1').length").GetInt32());
        Assert.Equal("", browser.Evaluate("[...document.querySelectorAll('[id]')].map(e => e.id).filter((id, i, all) => all.indexOf(id) !== i).join()").GetString());
    }

    private void Fly(string source, double at, int waiters, double pace = 1)
    {
        for (int i = 0; i < waiters; i++)
            _journal.Waits(source, at + 20, seconds: (19 - i * 0.7) * pace, process: 4194000 + i, leader: 3999, saved: 20);
        _journal.Works(source, at + 20, seconds: 20 * pace, process: 3999);
    }

    /// <summary>A bar a participant, each within its picture and where its time is.</summary>
    private void CheckBars(Browser browser)
    {
        JsonElement[] pictures = [.. browser.Evaluate("""
            [...document.querySelectorAll('svg.rows')].map(s => ({
              works: s.querySelectorAll('.works').length, waits: s.querySelectorAll('.waits').length,
              text: s.closest('figure').querySelector('figcaption bdi').textContent,
              bars: [...s.querySelectorAll('.bar')].map(b => b.getBoundingClientRect()).map(r => [r.left, r.right, r.height]),
              left: s.querySelector('.grid').getBoundingClientRect().left,
              right: [...s.querySelectorAll('.grid')].pop().getBoundingClientRect().right
            }))
            """).EnumerateArray()];
        Assert.Equal(Hostile.Length + 1, pictures.Length);
        var shown = new List<string>();
        foreach (JsonElement picture in pictures)
        {
            int waits = picture.GetProperty("waits").GetInt32();
            Assert.Equal(1, picture.GetProperty("works").GetInt32());
            shown.Add(picture.GetProperty("text").GetString()!);
            double left = picture.GetProperty("left").GetDouble(), right = picture.GetProperty("right").GetDouble();
            Assert.True(right - left > 150, $"Only {right - left} pixels are left for the bars.");
            double before = 0;
            int number = 0;
            foreach (JsonElement bar in picture.GetProperty("bars").EnumerateArray())
            {
                double from = bar[0].GetDouble(), to = bar[1].GetDouble();
                Assert.InRange(from, left - 1.5, right);
                Assert.InRange(to, from + 1, right + 1.5);
                Assert.True(bar[2].GetDouble() > 8);
                // Who comes later begins farther to the right, and all of them end with the leader.
                Assert.True(from >= before, "the bars are not in their order");
                Assert.InRange(to, right - 2, right + 2);
                before = from;
                number++;
            }

            Assert.Equal(waits + 1, number);
        }

        Assert.Contains(Hostile[0], shown);
        Assert.Contains(Hostile[1], shown);
        Assert.Contains(Hostile[2], shown);
        // No name of somebody's choice may be read as another one.
        Assert.DoesNotContain(shown, name => name.Contains('\u202e'));
    }

    // What sticks out of the screen, but for what is meant to be scrolled.
    private const string Overflow = """
        (() => {
          const w = document.documentElement.clientWidth;
          const out = [...document.querySelectorAll('body *')].filter(e => !e.closest('.wide, thead, defs, title, desc'))
            .filter(e => { const r = e.getBoundingClientRect(); return r.width > 0 && (r.right > w + 0.5 || r.left < -0.5); })
            .concat([...document.querySelectorAll('.keys td, .tiles div, figcaption')].filter(e => e.scrollWidth > e.clientWidth + 1));
          return (document.documentElement.scrollWidth > w ? 'scrolls to ' + document.documentElement.scrollWidth + ' of ' + w + ' ' : '')
            + out.map(e => e.tagName + '.' + (e.className.baseVal ?? e.className) + ' ' + e.textContent.slice(0, 40)).join('; ');
        })()
        """;

    // Words of a picture that run into each other, or out of their card.
    private const string Collisions = """
        (() => {
          const bad = [];
          for (const svg of document.querySelectorAll('svg.rows')) {
            const card = svg.closest('.flight').getBoundingClientRect();
            const words = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]).filter(w => w[1].width);
            for (const [text, r] of words) if (r.left < card.left + 3 || r.right > card.right - 3) bad.push(text + ' leaves its card');
            words.forEach(([a, r], i) => words.slice(i + 1).forEach(([b, q]) => {
              if (r.left < q.right + 3 && q.left < r.right + 3 && r.top + 2 < q.bottom && q.top + 2 < r.bottom) bad.push(a + ' meets ' + b);
            }));
          }
          return [...new Set(bad)].join('; ');
        })()
        """;

    // Text whose contrast with its ground is below 4.5 (WCAG 2.2, 1.4.3), and bars below 3 (1.4.11).
    private const string Contrast = """
        (() => {
          const rgb = c => c.match(/[\d.]+/g).map(Number);
          const light = c => { const [r, g, b] = rgb(c).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
          const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
          const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (rgb(c)[3] !== 0) return c; } return 'rgb(255,255,255)'; };
          const bad = [];
          for (const e of document.querySelectorAll('body *')) {
            if (e.closest('title, desc, defs') || !e.getBoundingClientRect().width) continue;
            const style = getComputedStyle(e);
            if (e.tagName === 'rect') {
              const mark = e.classList.contains('waits') ? style.stroke : style.fill;
              if (ratio(mark, ground(e.ownerSVGElement.parentElement)) < 3) bad.push('rect.' + e.className.baseVal);
            } else if ([...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) {
              const ink = e.ownerSVGElement ? style.fill : style.color;
              if (ratio(ink, ground(e.ownerSVGElement ? e.ownerSVGElement.parentElement : e)) < 4.5) bad.push(e.tagName + ' ' + e.textContent.slice(0, 30));
            }
          }
          return [...new Set(bad)].join('; ');
        })()
        """;
}
