using System;
using System.Threading;

namespace ProcessDedup.Platform;

/// <summary>
/// One thread's wait that another thread can end. On Unix the waiter may sit in a system call that nothing but a
/// signal leaves; on Windows it waits on <see cref="Stopped"/> together with the lock.
/// </summary>
/// <remarks>
/// The signal is SIGURG, which is ignored by default, so a lost handler cannot kill the host. A signal that
/// arrives just before the system call begins is lost, therefore it is repeated until the thread has left.
/// It is sent only while the waiter is between <see cref="Enter"/> and <see cref="Leave"/>, under the same
/// monitor, so no other code of that thread is ever interrupted.
/// </remarks>
internal sealed class StoppableWait : IDisposable
{
    // Fast enough that Ctrl+C feels immediate, rare enough to cost nothing; usually the first signal does it.
    private const int RepeatMilliseconds = 1;

    // A thread that does not leave after so many signals sits in an uninterruptible call (a dead NFS server).
    // The stopper must not hang with it; the rest is tried in the background.
    private const int PatientRepeats = 100;

    private readonly object _sync = new();
    private ManualResetEvent? _event;
    private nint _thread;
    private bool _inCall;
    private volatile bool _stopped;
    private volatile bool _nudged;

    public bool IsStopped => _stopped;

    /// <summary>Set once stopped: for waits of the system that take handles.</summary>
    public WaitHandle Stopped
    {
        get
        {
            lock (_sync)
                return _event ??= new ManualResetEvent(_stopped);
        }
    }

    /// <summary>Called by the waiter before it blocks. False: stopped or nudged, do not block.</summary>
    public bool Enter()
    {
        lock (_sync)
        {
            if (_stopped || _nudged)
                return false;
            if (!OperatingSystemKind.IsWindows)
                _thread = Libc.ThreadSelf();
            _inCall = true;
            return true;
        }
    }

    /// <summary>Called by the waiter once it runs again.</summary>
    public void Leave()
    {
        lock (_sync)
        {
            _inCall = false;
            Monitor.PulseAll(_sync);
        }
    }

    /// <summary>Blocks on <paramref name="isReady"/>, asked under the monitor, until it holds or the wait is stopped or nudged.</summary>
    public bool WaitFor(Func<bool> isReady)
    {
        lock (_sync)
        {
            while (!isReady() && !_stopped && !_nudged)
                Monitor.Wait(_sync);
            return isReady();
        }
    }

    /// <summary>Makes <see cref="WaitFor"/> ask again.</summary>
    public void Wake()
    {
        lock (_sync)
            Monitor.PulseAll(_sync);
    }

    /// <summary>Ends the wait. Returns when the waiter has left its system call, or after a tenth of a second.</summary>
    public void Stop()
    {
        lock (_sync)
        {
            _stopped = true;
            _event?.Set();
            Monitor.PulseAll(_sync);
        }

        if (OperatingSystemKind.IsWindows || InterruptUntilLeft(PatientRepeats))
            return;
        new Thread(() => InterruptUntilLeft(int.MaxValue)) { IsBackground = true, Name = "lock wait stopper" }.Start();
    }

    /// <summary>
    /// Ends the call that the waiter blocks in, not the wait itself: the waiter looks around and blocks again. Whatever it
    /// blocks in returns at once until <see cref="TakeNudge"/>. Not on Windows.
    /// </summary>
    public void Nudge()
    {
        lock (_sync)
        {
            _nudged = true;
            Monitor.PulseAll(_sync);
        }

        // A thread that does not leave sits in an uninterruptible call; it sees the nudge when it comes back.
        _ = InterruptUntilLeft(PatientRepeats);
    }

    /// <summary>Called by the waiter: forgets the nudge.</summary>
    public void TakeNudge() => _nudged = false;

    private bool InterruptUntilLeft(int repeats)
    {
        lock (_sync)
        {
            for (int i = 0; _inCall && i < repeats; i++)
            {
                InterruptSignal.Send(_thread);
                Monitor.Wait(_sync, RepeatMilliseconds);
            }

            return !_inCall;
        }
    }

    public void Dispose()
    {
        lock (_sync)
        {
            _event?.Dispose();
            // A deadline may still fire while its timer is being disposed of.
            _event = null;
        }
    }
}
