using System.Collections.Generic;
using System.Linq;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>A lock file that an ancestor of this process holds.</summary>
internal readonly record struct AncestorLock(int ProcessId, string File);

/// <summary>
/// The locks that the processes above this one hold. They wait for this process, so what they hold is as good as
/// held here: asking for it again would never end.
/// </summary>
/// <remarks>
/// An ancestor with several independent threads cannot be told apart from one: if one of them holds the lock
/// and another one's child asks for it, that child gets an error although it could have waited.
/// </remarks>
internal sealed class AncestorLocks(LockFiles wanted)
{
    private List<ProcLockLine>? _grants;
    private List<AncestorLock> _locks = [];

    /// <summary>Locked files of all ancestors. Linux: from the kernel; elsewhere: from the records of this lock.</summary>
    public IReadOnlyList<AncestorLock> Read()
    {
        if (!ProcLocks.IsAvailable)
            return _locks = FromRecords();
        // Looking through the descriptors of all ancestors costs milliseconds, every second of a wait; what they
        // have locked is the same as long as the kernel's table is.
        var grants = new List<ProcLockLine>();
        foreach (ProcLockLine line in ProcLocks.Read(looks: 1))
        {
            if (!line.IsWaiter)
                grants.Add(line);
        }

        if (_grants is null || !_grants.SequenceEqual(grants))
            (_locks, _grants) = (FromDescriptors(), grants);
        return _locks;
    }

    private static List<AncestorLock> FromDescriptors()
    {
        var locks = new List<AncestorLock>();
        int child = ProcessIdentity.CurrentProcessId();
        foreach (int ancestor in ProcessTree.Ancestors())
        {
            // A procdedup that adopted the process has its own command to wait for, and nobody above waits for an orphan.
            if (CommandEnvironment.IsAdopted(child, ancestor))
                break;
            foreach (string file in ProcFileDescriptors.LockedFiles(ancestor))
                locks.Add(new AncestorLock(ancestor, file));
            child = ancestor;
        }

        return locks;
    }

    private List<AncestorLock> FromRecords()
    {
        var locks = new List<AncestorLock>();
        HashSet<int> above = [.. ProcessTree.Ancestors()];
        foreach (OwnerRecord? record in OwnerRecords.Of(wanted, slots: null))
            Add(record, wanted.Lock.Text);
        for (int number = 1; number <= (SlotFiles.TryReadCount(wanted) ?? 0); number++)
            Add(OwnerRecords.OfSlot(wanted, number), wanted.Slot(number));
        return locks;

        void Add(OwnerRecord? record, string file)
        {
            if (record is { Process.IsAlive: true } && above.Contains(record.Process.ProcessId))
                locks.Add(new AncestorLock(record.Process.ProcessId, file));
        }
    }
}
