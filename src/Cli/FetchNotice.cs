using System;
using System.Diagnostics;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Messages;

namespace ProcessDedup.Cli;

/// <summary>
/// Says on standard error what takes time: once whom a wait is for, and how far it is; on a terminal in one line that is
/// painted anew, else in a line now and then.
/// </summary>
internal sealed class FetchNotice : IDisposable
{
    // What takes less is not worth a word.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LookAtLock = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan FirstLine = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LaterLines = TimeSpan.FromMinutes(1);

    private const string ClearToEnd = "\u001b[K";

    private readonly object _sync = new();
    private readonly FetchActivity _activity;
    private readonly bool _onlyWaits;
    private readonly bool _isTerminal = IsTerminal();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Timer _timer;
    private object? _awaited;
    private WaitTeller? _teller;
    private TimeSpan _awaitedSince;
    private bool _isWaitTold;
    private TimeSpan _nextLine = FirstLine;
    private TimeSpan _nextLook;
    private bool _isPainted;
    private volatile bool _isOver;

    /// <param name="activity">What it is about.</param>
    /// <param name="onlyWaits">This process's own work shows itself: a command that writes to the same terminal.</param>
    public FetchNotice(FetchActivity activity, bool onlyWaits = false)
    {
        _activity = activity;
        _onlyWaits = onlyWaits;
        _timer = new Timer(_ => Tick(), null, Look, Look);
    }

    private void Tick()
    {
        // The next tick may come while a slow terminal still takes this one.
        if (!Monitor.TryEnter(_sync))
            return;
        try
        {
            if (!_isOver)
                Say();
        }
#pragma warning disable CA1031 // On a timer's thread anything that escapes ends the process; the fetch is worth more.
        catch (Exception)
#pragma warning restore CA1031
        {
            // Then there is no notice this time.
        }
        finally
        {
            Monitor.Exit(_sync);
        }
    }

    private void Say()
    {
        TellRemarks();
        TimeSpan now = _clock.Elapsed;
        object? awaited = _activity.Wait;
        if (!ReferenceEquals(awaited, _awaited))
        {
            _awaited = awaited;
            _awaitedSince = now;
            _isWaitTold = false;
            _teller?.Dispose();
            // In the fleet one process of this machine waits, so it tells.
            _teller = awaited is LockTarget lockHere && !_isTerminal ? new WaitTeller(lockHere, descriptor: 2) : null;
            // Whoever has waited for long has not worked for long: mostly nothing is left to do.
            if (awaited is null && _nextLine < now + FirstLine)
                _nextLine = now + FirstLine;
        }

        if (awaited is not null)
            SayWait(awaited, now);
        else if (!_onlyWaits && now >= Patience)
            SayProgress(now, () => _activity.Describe());
    }

    private void TellRemarks()
    {
        while (_activity.TakeRemark() is { } remark)
        {
            Clear();
            Console.Error.WriteLine("procdedup: " + remark);
        }
    }

    private void SayWait(object awaited, TimeSpan now)
    {
        // Looking at a lock means looking at each of its waiters: many that do so all the time have time for nothing else.
        if (now - _awaitedSince < Patience || now < _nextLook)
            return;
        _nextLook = now + (_isTerminal ? LookAtLock : WaitTeller.LookPeriod);
        // Of many that wait only the one that tells looks who it is for.
        if (_teller is not null)
        {
            _teller.TellIfDue(Holder, () => _isOver || !_activity.StillWaits(awaited), holder =>
                Console.Error.WriteLine(JobLog.Notice(Message.Of(Key.NoticeWaitingFor, holder?.Describe() ?? $"'{awaited}'"))));
            return;
        }

        LockHolder? holder = Holder();
        if (!_isWaitTold)
        {
            // The lock may be changing hands just now.
            if (holder is null || !_activity.StillWaits(awaited))
                return;
            Clear();
            Console.Error.WriteLine(Message.Of(Key.NoticeWaitingFor, holder.Describe()));
            _isWaitTold = true;
        }
        else
        {
            SayProgress(now, () => holder?.Progress is { Length: > 0 } progress ? Message.Of(Key.ReasonWaitingDoing, progress) : "waiting");
        }
    }

    private LockHolder? Holder() => _activity.FindAwaited() is { Count: > 0 } holders ? holders[0] : null;

    private void SayProgress(TimeSpan now, Func<string> describe)
    {
        if (_isTerminal)
        {
            string text = "procdedup: " + describe();
            int width = Width();
            Console.Error.Write("\r" + (text.Length <= width ? text : text[..(width - 1)] + "…") + ClearToEnd);
            _isPainted = true;
        }
        else if (now >= _nextLine)
        {
            _nextLine = now + LaterLines;
            Console.Error.WriteLine("procdedup: " + describe());
        }
    }

    private void Clear()
    {
        if (_isPainted)
            Console.Error.Write("\r" + ClearToEnd);
        _isPainted = false;
    }

    private static int Width()
    {
        const int usual = 79, least = 20;
        try
        {
            return Math.Max(least, Console.WindowWidth - 1);
        }
        catch (Exception e) when (e is System.IO.IOException or PlatformNotSupportedException)
        {
            return usual;
        }
    }

    private static bool IsTerminal() => !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") != "dumb" && !JobLog.IsOfBuildSystem;

    /// <summary>Nothing is said any more when this returns, and the line on the terminal is empty.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        lock (_sync)
        {
            _isOver = true;
            _teller?.Dispose();
            Clear();
            TellRemarks();
        }
    }
}
