using System.Collections.Generic;
using System.Linq;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>
/// The holders that the kernel's table does not show to this process. On the machine itself it shows all of them, so that a
/// record without one was left by a killed container; in a container it hides those outside.
/// </summary>
internal static class UnseenHolders
{
    /// <summary>Is it certain that nobody holds a lock without a holder in the table?</summary>
    /// <remarks>
    /// Where the table is not whole, the lock itself is tried for microseconds; somebody else who tries at that very moment
    /// finds it busy.
    /// </remarks>
    public static bool IsCertainlyFree(LockTarget target) => HeldAs(target) is TriedHold.Free;

    /// <summary>Those that hold it all the same: by their records, or else one of whom nothing is known.</summary>
    public static IReadOnlyList<LockHolder> Find(LockTarget target, IReadOnlyList<OwnerRecord?> records)
    {
        TriedHold hold = HeldAs(target);
        if (hold == TriedHold.Free)
            return [];
        List<LockHolder> holders = records
            .Where(record => record is { Process.IsComparable: false, IsHolderGone: false })
            .Select(record => LockInspector.FromRecord(record!, slot: null, isVerified: false))
            .ToList();
        if (holders.Count == 0 && hold is TriedHold.Shared or TriedHold.Exclusive or TriedHold.Unreadable)
            holders.Add(new LockHolder { Mode = hold == TriedHold.Shared ? LockMode.Shared : LockMode.Exclusive, IsUnseen = true });
        return holders;
    }

    // On the machine itself the table shows all.
    private static TriedHold HeldAs(LockTarget target) =>
        !FileSystem.Exists(target.Files.Lock) ? TriedHold.Free
        : TriedLock.IsOnNetwork(target) ? TriedHold.OnNetwork
        : ProcessIdentity.SeesAll ? TriedHold.Free
        : TriedLock.Of(target);
}
