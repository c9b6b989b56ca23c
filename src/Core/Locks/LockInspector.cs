using System;
using System.Collections.Generic;
using System.IO;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>
/// Looks at locks. On Linux the kernel's own tables tell who holds and who waits: no lock is taken, no file is opened for
/// locking. Elsewhere a lock is tried for microseconds, and records tell the rest (<see cref="TriedLock"/>).
/// </summary>
public static class LockInspector
{
    /// <summary>Every lock below a root, by name.</summary>
    public static IReadOnlyList<LockStatus> InspectAll(LockRoot root)
    {
        ArgumentNullException.ThrowIfNull(root);
        var table = new KernelLockTable();
        var all = new List<LockStatus>();
        foreach (LockTarget target in root.ExistingLocks())
            all.Add(Inspect(target, table));
        return all;
    }

    /// <summary>One lock; a lock whose file does not exist is free.</summary>
    /// <exception cref="LockException">It cannot be looked at.</exception>
    public static LockStatus Inspect(LockTarget target)
    {
        ArgumentNullException.ThrowIfNull(target);
        return Inspect(target, new KernelLockTable());
    }

    /// <summary>One lock; null if it cannot be looked at, for messages that have something else to tell.</summary>
    public static LockStatus? TryInspect(LockTarget target)
    {
        try
        {
            return Inspect(target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or LockException)
        {
            return null;
        }
    }

    /// <summary>
    /// Who holds it; empty if nobody does, or that cannot be told. For those who wait: looking at each of many waiters,
    /// by each of them, would leave the machine no time for anything else.
    /// </summary>
    public static IReadOnlyList<LockHolder> TryFindHolders(LockTarget target)
    {
        ArgumentNullException.ThrowIfNull(target);
        try
        {
            return FindHolders(target, SlotFiles.TryReadCount(target.Files), new KernelLockTable(), []);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlatformException)
        {
            return [];
        }
    }

    /// <summary>
    /// Processes that have the lock through a descriptor of another one, which is the one that the kernel names: its children.
    /// Looks through all processes.
    /// </summary>
    internal static IReadOnlyList<ProcessIdentity> Heirs(LockTarget target)
    {
        var heirs = new List<ProcessIdentity>();
        var table = new KernelLockTable();
        int slots = SlotFiles.TryReadCount(target.Files) ?? 0;
        for (int number = 0; number <= slots; number++)
        {
            IReadOnlyList<ProcLockLine> lines = table.Of(number == 0 ? target.Files.Lock.Text : target.Files.Slot(number));
            if (lines.Count == 0)
                continue;
            foreach (int id in ProcFileDescriptors.FindHolders(lines[0].Device, lines[0].Inode))
            {
                if (!IsHolder(lines, id) && ProcessIdentity.TryGet(id, out ProcessIdentity heir))
                    heirs.Add(heir);
            }
        }

        return heirs;
    }

    private static LockStatus Inspect(LockTarget target, KernelLockTable table)
    {
        try
        {
            return Look(target, table);
        }
        catch (PlatformException e)
        {
            throw LockFailures.FromPlatform(target.Display, e);
        }
    }

    private static LockStatus Look(LockTarget target, KernelLockTable table)
    {
        LockFiles files = target.Files;
        int? slots = SlotFiles.TryReadCount(files);
        var waiters = new List<int>();
        List<LockHolder> holders = FindHolders(target, slots, table, waiters);
        return new LockStatus
        {
            Name = target.Display,
            LockFile = target.LockFile,
            Slots = slots,
            State = holders.Count == 0 ? LockState.Free
                : holders[0].IsUnseen ? LockState.Unknown
                : holders[0].Slot is not null ? LockState.Slots
                : holders[0].Mode == LockMode.Exclusive ? LockState.Exclusive
                : LockState.Shared,
            Holders = holders,
            Waiters = Describe(waiters),
            CrashedHolder = holders.Count == 0 ? CrashedHolders.Find(target) : null,
            Registration = NameRegistry.TryFind(target),
            IsFromKernel = ProcLocks.IsAvailable,
        };
    }

    private static List<LockHolder> FindHolders(LockTarget target, int? slots, KernelLockTable table, List<int> waiters)
    {
        var holders = new List<LockHolder>();
        if (ProcLocks.IsAvailable)
            FromKernel(target, slots, table, holders, waiters);
        else
            TriedLock.Find(target, slots, holders, waiters);
        return holders;
    }

    private static void FromKernel(
        LockTarget target, int? slots, KernelLockTable table, List<LockHolder> holders, List<int> waiters)
    {
        LockFiles files = target.Files;
        IReadOnlyList<OwnerRecord?> records = OwnerRecords.Of(files, slots);
        for (int number = 1; number <= (slots ?? 0); number++)
        {
            string file = files.Slot(number);
            IReadOnlyList<ProcLockLine> all = table.Of(file);
            foreach (ProcLockLine line in all)
            {
                if (!line.IsWaiter)
                    AddHolders(holders, file, line, all, records, number);
            }
        }

        IReadOnlyList<ProcLockLine> gate = table.Of(files.Gate.Text);
        var slotHolders = new HashSet<int?>();
        foreach (LockHolder holder in holders)
            slotHolders.Add(holder.ProcessId);
        IReadOnlyList<ProcLockLine> main = table.Of(files.Lock.Text);
        foreach (ProcLockLine line in main)
        {
            if (line.IsWaiter)
                waiters.Add(line.ProcessId);
            // A slot holder holds the lock file shared as well; so does, for a moment, the one at the gate who looks for a slot.
            else if (!(slots is not null && line.Kind == KernelLock.Shared
                && (slotHolders.Contains(line.ProcessId) || IsOnItsWay(gate, line.ProcessId))))
                AddHolders(holders, files.Lock.Text, line, main, records, null);
        }

        // Through the gate and waiting for a slot: first; behind it those that queue at the gate.
        foreach (ProcLockLine line in gate)
        {
            bool isWaiting = line.IsWaiter
                || (slots is not null && !waiters.Contains(line.ProcessId) && !Contains(holders, line.ProcessId));
            if (isWaiting)
                waiters.Add(line.ProcessId);
        }

        if (holders.Count == 0)
            holders.AddRange(UnseenHolders.Find(target, records));
    }

    private static void AddHolders(
        List<LockHolder> holders, string file, ProcLockLine line, IReadOnlyList<ProcLockLine> all,
        IReadOnlyList<OwnerRecord?> records, int? slot)
    {
        LockMode mode = slot is not null ? LockMode.Slot
            : line.Kind == KernelLock.Exclusive ? LockMode.Exclusive
            : LockMode.Shared;
        foreach (ProcessIdentity? process in KernelLockTable.TrueHolders(file, line, all))
        {
            holders.Add(process is not { } known ? new LockHolder { Mode = mode, Slot = slot, IsUnseen = true }
                : RecordOf(known, records) is { } record ? FromRecord(record, known, slot) with { Mode = mode }
                : FromProcess(known, mode, slot));
        }
    }

    // In its container a process has another PID than here.
    private static OwnerRecord? RecordOf(ProcessIdentity process, IReadOnlyList<OwnerRecord?> records)
    {
        ProcessIdentity? inside = null;
        foreach (OwnerRecord? candidate in records)
        {
            if (candidate is null)
                continue;
            if (candidate.Process == process)
                return candidate;
            if (candidate.Process.IsComparable || candidate.Process.StartTicks != process.StartTicks)
                continue;
            inside ??= ProcessIdentity.TryGetInside(process.ProcessId, out ProcessIdentity found) ? found : process;
            if (candidate.Process == inside)
                return candidate;
        }

        return null;
    }

    // The kernel has confirmed it: it is of this machine, whatever its container calls itself.
    private static LockHolder FromRecord(OwnerRecord record, ProcessIdentity process, int? slot) =>
        FromRecord(record, slot, isVerified: false) with
        {
            ProcessId = process.ProcessId,
            Identity = process,
            Host = Environment.MachineName,
            IsVerified = true,
            IsStopped = ProcessPause.Of(process.ProcessId) != Pause.None,
        };

    internal static LockHolder FromRecord(OwnerRecord record, int? slot, bool isVerified) => new()
    {
        ProcessId = record.Process.IsComparable ? record.Process.ProcessId : null,
        Identity = record.Process.IsComparable ? record.Process : null,
        Host = record.Host,
        User = record.User,
        CommandLine = record.CommandLine,
        Mode = record.Mode,
        Slot = slot,
        Reason = record.Reason,
        Progress = record.Progress,
        Since = record.Since,
        IsVerified = isVerified,
        IsStopped = isVerified && ProcessPause.Of(record.Process.ProcessId) != Pause.None,
    };

    internal static LockHolder FromProcess(ProcessIdentity process, LockMode mode, int? slot) => new()
    {
        ProcessId = process.ProcessId,
        Identity = process,
        Host = Environment.MachineName,
        User = ProcessOwner.TryGet(process.ProcessId),
        CommandLine = RedactedCommandLine.TryOf(process.ProcessId),
        Mode = mode,
        Slot = slot,
        IsVerified = true,
        IsStopped = ProcessPause.Of(process.ProcessId) != Pause.None,
    };

    private static List<LockWaiter> Describe(List<int> processIds)
    {
        var waiters = new List<LockWaiter>();
        foreach (int id in processIds)
        {
            // The head of a slot queue waits with one thread per slot.
            if (waiters.Exists(w => w.ProcessId == id))
                continue;
            waiters.Add(new LockWaiter
            {
                ProcessId = id,
                Position = waiters.Count + 1,
                User = ProcessOwner.TryGet(id),
                CommandLine = RedactedCommandLine.TryOf(id),
            });
        }

        return waiters;
    }

    private static bool IsHolder(IReadOnlyList<ProcLockLine> lines, int processId)
    {
        foreach (ProcLockLine line in lines)
        {
            if (!line.IsWaiter && line.ProcessId == processId)
                return true;
        }

        return false;
    }

    // Stopped in that moment it keeps the lock as any holder does.
    private static bool IsOnItsWay(IReadOnlyList<ProcLockLine> gate, int processId) =>
        IsHolder(gate, processId) && ProcessPause.Of(processId) == Pause.None;

    private static bool Contains(List<LockHolder> holders, int processId) =>
        holders.Exists(h => h.ProcessId == processId);
}
