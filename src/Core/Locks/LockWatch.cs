using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using ProcessDedup.Messages;

namespace ProcessDedup.Locks;

/// <summary>
/// A live picture of locks, until it is cancelled. On a terminal it is painted over in place, and the last one stays; elsewhere a
/// new one is written only when something has changed, which the time that passes has not.
/// </summary>
public sealed class LockWatch
{
    /// <summary>From one look to the next, unless said otherwise.</summary>
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(2);

    // ECMA-48, and DECTCEM for the cursor: what every terminal has that can move its cursor at all.
    private const string HideCursor = "\u001b[?25l", ShowCursor = "\u001b[?25h", ClearToEndOfLine = "\u001b[K", ClearBelow = "\u001b[J";

    private readonly Func<IReadOnlyList<LockStatus>> _look;
    private readonly TimeSpan _interval;
    private string? _told;
    private int _painted;

    /// <param name="look">Reads the locks.</param>
    /// <param name="interval">From one look to the next.</param>
    public LockWatch(Func<IReadOnlyList<LockStatus>> look, TimeSpan interval)
    {
        _look = look ?? throw new ArgumentNullException(nameof(look));
        _interval = interval;
    }

    /// <summary>Paints on a terminal until cancelled; the cursor is there again when this returns, however it ended.</summary>
    /// <param name="terminal">Where to paint.</param>
    /// <param name="window">Columns and lines of the window now.</param>
    /// <param name="cancellation">Ends it.</param>
    public void Paint(TextWriter terminal, Func<(int Width, int Height)> window, CancellationToken cancellation)
    {
        if (terminal is null)
            throw new ArgumentNullException(nameof(terminal));
        if (window is null)
            throw new ArgumentNullException(nameof(window));
        terminal.Write(HideCursor);
        try
        {
            do
            {
                terminal.Write(Repaint(_look(), window()));
                terminal.Flush();
            }
            while (!cancellation.WaitHandle.WaitOne(_interval));
        }
        finally
        {
            terminal.Write(ShowCursor);
            terminal.Flush();
        }
    }

    /// <summary>Writes each new picture as plain lines until cancelled.</summary>
    public void Tell(Action<string> writeLine, CancellationToken cancellation)
    {
        if (writeLine is null)
            throw new ArgumentNullException(nameof(writeLine));
        do
        {
            IReadOnlyList<LockStatus> all = _look();
            string now = string.Join("\n", LockText.Rows(all).Select(row => string.Join("\t", row.Where((_, column) => column != LockPicture.For))));
            if (now == _told)
                continue;
            _told = now;
            writeLine(Title());
            foreach (string line in LockPicture.Lines(all))
                writeLine(line);
            writeLine(string.Empty);
        }
        while (!cancellation.WaitHandle.WaitOne(_interval));
    }

    private string Repaint(IReadOnlyList<LockStatus> all, (int Width, int Height) window)
    {
        // The line below the picture is where the cursor stays.
        int room = Math.Max(3, window.Height - 1);
        List<string> lines = [Title(), .. LockPicture.Lines(all, window.Width)];
        if (lines.Count > room)
        {
            string more = Message.Of(Key.ReasonAndMoreLines, lines.Count - room + 1);
            lines.RemoveRange(room - 1, lines.Count - room + 1);
            lines.Add(more);
        }

        var text = new StringBuilder();
        if (_painted > 0)
            text.Append("\u001b[").Append(Math.Min(_painted, room).ToString(CultureInfo.InvariantCulture)).Append('A');
        text.Append('\r');
        foreach (string line in lines)
            text.Append(CellText.Shorten(line, window.Width)).Append(ClearToEndOfLine).Append("\r\n");
        text.Append(ClearBelow);
        _painted = lines.Count;
        return text.ToString();
    }

    private string Title() => Message.Of(Key.ReasonWatchTitle, DateTime.Now, Durations.Describe(_interval));
}
