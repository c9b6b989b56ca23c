using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;

namespace ProcessDedup.Platform;

/// <summary>
/// A timer for the rare looks of a long wait. One thread serves all timers of the process and sleeps between two callbacks.
/// </summary>
/// <remarks>
/// <para><see cref="Timer"/> calls back on a thread of the pool. That thread, and the one that hands out its work, yield the
/// processor some 70 times each before they sleep: ten times the cost of the look itself, for every waiter and second.</para>
/// <para>A callback holds up those of other timers: none may wait for a person, a server or a lock.</para>
/// </remarks>
internal sealed class QuietTimer : IDisposable
{
    // A thread costs 0.1 ms to start: one wait that follows another finds it still there.
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);

    private static readonly object Sync = new();
    private static readonly PriorityQueue<(QuietTimer Timer, int Version), long> Due = new();
    private static bool _isRunning;
    private static long _wakesAt;

    private readonly Action _callback;
    private int _version;

    /// <param name="callback">May run once more after <see cref="Dispose"/>, and must not throw.</param>
    public QuietTimer(Action callback) => _callback = callback;

    /// <summary>Calls back once after this time, instead of when it was to do so before.</summary>
    public void Schedule(TimeSpan after)
    {
        long at = Stopwatch.GetTimestamp() + (long)(after.TotalSeconds * Stopwatch.Frequency);
        lock (Sync)
        {
            if (_version < 0)
                return;
            Due.Enqueue((this, ++_version), at);
            if (!_isRunning)
            {
                // Not with what flows with the caller: the thread serves others as well.
                new Thread(Serve) { IsBackground = true, Name = "looks of waits" }.UnsafeStart();
                _isRunning = true;
            }
            else if (at < _wakesAt)
            {
                Monitor.Pulse(Sync);
            }
        }
    }

    private static void Serve()
    {
        while (TakeNext() is { } timer)
            timer._callback();
    }

    /// <summary>The next timer, once it is due; null if there has been none for a while: the thread ends.</summary>
    private static QuietTimer? TakeNext()
    {
        lock (Sync)
        {
            for (; ; )
            {
                bool isAny = Due.TryPeek(out (QuietTimer Timer, int Version) first, out long at);
                if (isAny && first.Version != first.Timer._version)
                {
                    Due.Dequeue();
                    continue;
                }

                TimeSpan left = isAny ? Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), at) : Idle;
                if (left <= TimeSpan.Zero)
                {
                    Due.Dequeue();
                    _wakesAt = 0;
                    return first.Timer;
                }

                _wakesAt = isAny ? at : long.MaxValue;
                // Whole milliseconds, rounded up: else the last one would be spent in a loop.
                bool isPulsed = Monitor.Wait(Sync, TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)));
                if (!isAny && !isPulsed && Due.Count == 0)
                {
                    _isRunning = false;
                    return null;
                }
            }
        }
    }

    public void Dispose()
    {
        lock (Sync)
            _version = -1;
    }
}
