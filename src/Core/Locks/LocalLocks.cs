using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>The places of this process, one a lock file.</summary>
internal static class LocalLocks
{
    // Enough for what a process uses at the same time; a cache with a key per download must not keep a descriptor for
    // each. Windows cannot remove a directory while a file in it is open: there none is kept.
    private static readonly int MostKept = OperatingSystemKind.IsWindows ? 0 : 64;

    private static readonly ConcurrentDictionary<string, LocalLock> Places = new(
        OperatingSystemKind.IsWindows ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);

    public static bool AreClosedWhenIdle => MostKept == 0;

    public static LocalLock For(LockTarget target)
    {
        for (; ; )
        {
            if (Places.TryGetValue(target.LockFile, out LocalLock? place) && !place.IsRetired)
                return place;
            if (Places.Count > MostKept)
            {
                foreach (LocalLock idle in Places.Values)
                    idle.RetireIfIdle();
            }

            place = Places.GetOrAdd(target.LockFile, _ => new LocalLock(target));
            if (!place.IsRetired)
                return place;
        }
    }

    public static void Forget(LocalLock place) =>
        ((ICollection<KeyValuePair<string, LocalLock>>)Places).Remove(new(place.Target.LockFile, place));
}
