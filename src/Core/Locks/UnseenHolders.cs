using System.Collections.Generic;
using System.IO;
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
    public static bool IsCertainlyFree(LockTarget target) => HeldAs(target) is KernelHold.Free;

    /// <summary>Those that hold it all the same: by their records, or else one of whom nothing is known.</summary>
    public static IReadOnlyList<LockHolder> Find(LockTarget target, IReadOnlyList<OwnerRecord?> records)
    {
        KernelHold hold = HeldAs(target);
        if (hold == KernelHold.Free)
            return [];
        List<LockHolder> holders = records
            .Where(record => record is { Process.IsComparable: false, IsHolderGone: false })
            .Select(record => LockInspector.FromRecord(record!, slot: null, isVerified: false))
            .ToList();
        if (holders.Count == 0 && hold is KernelHold.Shared or KernelHold.Exclusive or KernelHold.Unreadable)
            holders.Add(new LockHolder { Mode = hold == KernelHold.Shared ? LockMode.Shared : LockMode.Exclusive, IsUnseen = true });
        return holders;
    }

    private enum KernelHold
    {
        Free,
        Shared,
        Exclusive,
        Unreadable,
        OnNetwork,
    }

    private static KernelHold HeldAs(LockTarget target)
    {
        string directory = Path.GetDirectoryName(target.LockFile)!;
        if (!FileSystem.Exists(target.Files.Lock))
            return KernelHold.Free;
        // Locks of other machines are in no table and perhaps not even in the way: there only records tell.
        if (NetworkFileSystems.ReasonAgainst(Mounts.Of(directory).Type) is not null)
            return KernelHold.OnNetwork;
        return ProcessIdentity.SeesAll ? KernelHold.Free : Try(target);
    }

    private static KernelHold Try(LockTarget target)
    {
        try
        {
            using LockHandle handle = LockHandle.Open(
                target.Files.Lock, LockAttempt.Opening(target) with { Create = false, AllowForeignOwner = true });
            return !handle.TryLock(KernelLock.Shared) ? KernelHold.Exclusive
                : !handle.TryLock(KernelLock.Exclusive) ? KernelHold.Shared
                : KernelHold.Free;
        }
        catch (PlatformException)
        {
            return KernelHold.Unreadable;
        }
    }
}
