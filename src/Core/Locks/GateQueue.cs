using System.Collections.Generic;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>The queue at one gate, as the kernel's table shows it at one moment.</summary>
/// <remarks>
/// A process that is stopped while it blocks in flock(2) leaves the kernel's queue, whatever has stopped it. So a process
/// that has the gate but is in no queue behind it either is on its way there or stands still.
/// </remarks>
internal sealed class GateQueue
{
    private readonly List<int> _keepers = [];
    private readonly List<int> _waiters = [];
    private readonly HashSet<int> _queuedBehind = [];

    private GateQueue()
    {
    }

    /// <summary>PIDs of those that have the gate; empty where they cannot be seen: in another container, or without /proc.</summary>
    public IReadOnlyList<int> Keepers => _keepers;

    /// <summary>Looks at the gate with this identity, which its path need not lead to any more.</summary>
    public static GateQueue Read(LockTarget target, FileIdentity gate)
    {
        var queue = new GateQueue();
        if (!ProcLocks.IsAvailable)
            return queue;
        var table = new KernelLockTable();
        foreach (ProcLockLine line in table.Of(target.Files.Gate.Text, gate))
            (line.IsWaiter ? queue._waiters : queue._keepers).Add(line.ProcessId);
        queue.AddQueued(table.Of(target.LockFile));
        for (int number = 1; number <= (SlotFiles.TryReadCount(target.Files) ?? 0); number++)
            queue.AddQueued(table.Of(target.Files.Slot(number)));
        return queue;
    }

    private void AddQueued(IReadOnlyList<ProcLockLine> lines)
    {
        foreach (ProcLockLine line in lines)
        {
            if (line.IsWaiter)
                _queuedBehind.Add(line.ProcessId);
        }
    }

    /// <summary>Is everybody who has the gate in a queue behind it? Then nobody stands still with it.</summary>
    public bool Moves => _keepers.Count > 0 && _keepers.TrueForAll(_queuedBehind.Contains);

    /// <summary>How many wait before that process. One that is not seen has just come, or the table is not whole.</summary>
    public int Before(int processId)
    {
        int place = _waiters.IndexOf(processId);
        return place < 0 ? _waiters.Count : place;
    }

    /// <summary>One that has the gate and certainly stands still; null if none does.</summary>
    public int? FindPaused()
    {
        foreach (int keeper in _keepers)
        {
            if (!_queuedBehind.Contains(keeper) && ProcessPause.Of(keeper) != Pause.None)
                return keeper;
        }

        return null;
    }

    /// <summary>One that has the gate, is in no queue behind it and does not run just now; null if none is.</summary>
    public ProcessIdentity? FindIdle()
    {
        foreach (int keeper in _keepers)
        {
            if (!_queuedBehind.Contains(keeper)
                && ProcStat.TryRead(keeper) is { IsRunnable: false }
                && ProcessIdentity.TryGet(keeper, out ProcessIdentity idle))
            {
                return idle;
            }
        }

        return null;
    }
}
