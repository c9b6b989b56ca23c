using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>How a lock file is held, found by trying.</summary>
internal enum TriedHold
{
    Free,
    Shared,
    Exclusive,

    /// <summary>The file may not be opened.</summary>
    Unreadable,

    /// <summary>Locks of other machines may not even be in the way: there only records tell.</summary>
    OnNetwork,
}

/// <summary>
/// Who holds a lock and who waits for it where the kernel shows no table (Windows, macOS). A try tells held from free; records, and
/// on Windows the Restart Manager, tell by whom.
/// </summary>
internal static class TriedLock
{
    /// <summary>Tries for microseconds. A request that comes in that very moment finds the lock busy.</summary>
    public static TriedHold Of(LockTarget target) =>
        !FileSystem.Exists(target.Files.Lock) ? TriedHold.Free
        : IsOnNetwork(target) ? TriedHold.OnNetwork
        : Try(target, target.Files.Lock);

    public static bool IsOnNetwork(LockTarget target) =>
        NetworkFileSystems.ReasonAgainst(Mounts.Of(Path.GetDirectoryName(target.LockFile)!).Type) is not null;

    /// <summary>Adds the holders and the PIDs of those that wait, in the order in which they came.</summary>
    public static void Find(LockTarget target, int? slots, List<LockHolder> holders, List<int> waiters)
    {
        // What this process holds it knows from the first moment on.
        LeaseKeeper.WriteRecords(target.LockFile);
        LockFiles files = target.Files;
        TriedHold hold = Of(target);
        for (int number = 1; hold != TriedHold.Free && number <= (slots ?? 0); number++)
        {
            var file = new NativePath(files.Slot(number));
            if (hold == TriedHold.OnNetwork || (FileSystem.Exists(file) && Try(target, file) != TriedHold.Free))
                Add(target, file, hold, LockMode.Slot, number, [OwnerRecords.OfSlot(files, number)], holders);
        }

        // Holders of slots hold the lock file shared as well.
        if (hold != TriedHold.Free && !(hold == TriedHold.Shared && holders.Count > 0))
        {
            LockMode mode = hold == TriedHold.Shared ? LockMode.Shared : LockMode.Exclusive;
            IEnumerable<OwnerRecord?> records = OwnerRecords.Of(files, slots: null)
                .Where(record => hold is TriedHold.Unreadable or TriedHold.OnNetwork || record?.Mode == mode);
            Add(target, files.Lock, hold, mode, null, records, holders);
        }

        foreach (int id in WaitRecord.Waiting(target))
            waiters.Add(id);
    }

    private static void Add(
        LockTarget target, NativePath file, TriedHold hold, LockMode mode, int? slot, IEnumerable<OwnerRecord?> records,
        List<LockHolder> holders)
    {
        int before = holders.Count;
        foreach (OwnerRecord? record in records)
        {
            if (record is { Process.IsAlive: true })
                holders.Add(LockInspector.FromRecord(record, slot, isVerified: true));
        }

        // A holder writes its record when it has held the lock for a moment; other programs write none.
        if (holders.Count > before || hold == TriedHold.OnNetwork)
            return;
        List<ProcessIdentity> open = RestartManager.Users(file.Text).Where(user => user != ProcessIdentity.Current).ToList();
        holders.Add(open.Count == 1 && WaitRecord.Waiting(target).Count == 0
            ? LockInspector.FromProcess(open[0], mode, slot)
            : new LockHolder { Mode = mode, Slot = slot, IsUnseen = true });
    }

    private static TriedHold Try(LockTarget target, NativePath file)
    {
        try
        {
            using LockHandle handle = LockHandle.Open(
                file, LockAttempt.Opening(target) with { Create = false, AllowForeignOwner = true });
            if (!handle.TryLock(KernelLock.Shared))
                return TriedHold.Exclusive;
            // On Windows an exclusive lock is refused by one's own shared one.
            handle.Unlock();
            return handle.TryLock(KernelLock.Exclusive) ? TriedHold.Free : TriedHold.Shared;
        }
        catch (PlatformException)
        {
            return TriedHold.Unreadable;
        }
    }
}
