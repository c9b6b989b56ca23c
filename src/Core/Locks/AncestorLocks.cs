using System.Collections.Generic;
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
internal static class AncestorLocks
{
    /// <summary>Locked files of all ancestors. Linux: from the kernel; elsewhere: from the record of this lock.</summary>
    public static IReadOnlyList<AncestorLock> Read(LockFiles wanted)
    {
        var locks = new List<AncestorLock>();
        IReadOnlyList<int> ancestors = ProcessTree.Ancestors();
        if (ProcLocks.IsAvailable)
        {
            foreach (int ancestor in ancestors)
            {
                foreach (string file in ProcFileDescriptors.LockedFiles(ancestor))
                    locks.Add(new AncestorLock(ancestor, file));
            }
        }
        else if (OwnerRecord.TryRead(wanted.Owner.Text) is { Process.IsAlive: true } record)
        {
            foreach (int ancestor in ancestors)
            {
                if (ancestor == record.Process.ProcessId)
                    locks.Add(new AncestorLock(ancestor, wanted.Lock.Text));
            }
        }

        return locks;
    }
}
