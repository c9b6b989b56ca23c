using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>
/// A live picture of locks, until it is cancelled. On a terminal it is painted over in place, and the last one stays; elsewhere a
/// new one is written only when something has changed, which the time that passes has not.
/// </summary>
public sealed class LockWatch
{
    /// <summary>From one look to the next, unless said otherwise.</summary>
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(2);

    // After that long it is noticed that nobody reads any more, however rarely there is a look.
    private static readonly TimeSpan Attention = TimeSpan.FromSeconds(1);

    // ECMA-48, and DECTCEM for the cursor: what every terminal has that can move its cursor at all.
    private const string HideCursor = "\u001b[?25l", ShowCursor = "\u001b[?25h", ClearToEndOfLine = "\u001b[K", ClearBelow = "\u001b[J";

    private readonly Func<IReadOnlyList<LockStatus>> _look;
    private readonly TimeSpan _interval;
    private readonly Func<string?>? _remark;
    private string? _told;
    private int _painted;

    /// <param name="look">Reads the locks.</param>
    /// <param name="interval">From one look to the next.</param>
    /// <param name="remark">What is to be said of the last look as a whole, if anything.</param>
    public LockWatch(Func<IReadOnlyList<LockStatus>> look, TimeSpan interval, Func<string?>? remark = null)
    {
        _remark = remark;
        _look = look ?? throw new ArgumentNullException(nameof(look));
        _interval = interval;
    }

    /// <summary>Paints on a terminal until cancelled; the cursor is there again when this returns, however it ended.</summary>
    /// <param name="terminal">Where to paint.</param>
    /// <param name="window">Columns and lines of the window now.</param>
    /// <param name="cancellation">Ends it.</param>
    public void Paint(TextWriter terminal, Func<(int Width, int Height)> window, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(terminal);
        ArgumentNullException.ThrowIfNull(window);
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
    /// <param name="writeLine">Writes a line.</param>
    /// <param name="isForOutput">
    /// Do the lines go to standard output? Then it ends as well when its reader has gone, as <c>head</c> does (not on Windows).
    /// </param>
    /// <param name="cancellation">Ends it.</param>
    public void Tell(Action<string> writeLine, bool isForOutput, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(writeLine);
        do
        {
            IReadOnlyList<LockStatus> all = _look();
            string? remark = _remark?.Invoke();
            string now = remark + "\n" + string.Join("\n", LockText.Rows(all).Select(row => string.Join("\t", row.Where((_, column) => column != LockPicture.For))));
            if (now == _told)
                continue;
            _told = now;
            writeLine(Title());
            if (remark is not null)
                writeLine(remark);
            foreach (string line in LockPicture.Lines(all))
                writeLine(line);
            writeLine(string.Empty);
        }
        while (Await(isForOutput, cancellation));
    }

    /// <returns>False if it is over.</returns>
    private bool Await(bool isForOutput, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        while (!isForOutput || !StandardOutput.IsAbandoned)
        {
            TimeSpan left = _interval - clock.Elapsed;
            if (left <= TimeSpan.Zero)
                return true;
            if (cancellation.WaitHandle.WaitOne(left < Attention ? left : Attention))
                return false;
        }

        return false;
    }

    private string Repaint(IReadOnlyList<LockStatus> all, (int Width, int Height) window)
    {
        // The line below the picture is where the cursor stays.
        int room = Math.Max(3, window.Height - 1);
        List<string> lines = [Title(), .. LockPicture.Lines(all, window.Width)];
        // Below the title: lines that do not fit are left out at the end.
        if (_remark?.Invoke() is { } remark)
            lines.Insert(1, remark);
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
