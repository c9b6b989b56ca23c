using System.Collections.Generic;

namespace ProcessDedup.Locks;

/// <summary>Finds circles among waits: each wants a lock that the next one holds. Pure.</summary>
internal static class WaitCycle
{
    /// <summary>The circle that begins and ends with <paramref name="own"/>; null if there is none.</summary>
    public static IReadOnlyList<WaitRecord>? Find(WaitRecord own, IReadOnlyList<WaitRecord> waits)
    {
        var path = new List<WaitRecord>();
        return Search(own, own, waits, path, []) ? path : null;
    }

    private static bool Search(
        WaitRecord at, WaitRecord own, IReadOnlyList<WaitRecord> waits, List<WaitRecord> path, HashSet<WaitRecord> seen)
    {
        path.Add(at);
        if (Holds(own, at.Wants) && !at.IsSameWait(own))
            return true;
        foreach (WaitRecord next in waits)
        {
            if (!next.IsSameWait(own) && Holds(next, at.Wants) && seen.Add(next) && Search(next, own, waits, path, seen))
                return true;
        }

        path.RemoveAt(path.Count - 1);
        return false;
    }

    /// <summary>One of the circle must give way: the one that began to wait last.</summary>
    public static bool IsVictim(WaitRecord own, IReadOnlyList<WaitRecord> cycle)
    {
        foreach (WaitRecord other in cycle)
        {
            if (!other.IsSameWait(own) && other.IsLaterThan(own))
                return false;
        }

        return true;
    }

    private static bool Holds(WaitRecord record, LockedFile file)
    {
        foreach (LockedFile held in record.Holds)
        {
            if (held.IsSameAs(file))
                return true;
        }

        return false;
    }
}
