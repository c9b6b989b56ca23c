using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation.Runspaces;
using ProcessDedup.Locks;

namespace ProcessDedup.Cmdlets;

/// <summary>The leases that Enter-FileLock has handed out, by runspace; a runspace that is closed gives its own back.</summary>
/// <remarks>
/// ForEach-Object -Parallel uses a runspace again for the next item. What an item has entered and not left, as an error ended it
/// in between, is given back with the item: the next one can know nothing of it, and others would wait for it.
/// </remarks>
internal static class EnteredLocks
{
    private static readonly object Sync = new();
    private static readonly Dictionary<Guid, List<Entry>> ByRunspace = [];

    /// <param name="runspace">Who has entered them.</param>
    /// <param name="leases">The locks.</param>
    /// <param name="place">The line that did.</param>
    public static void Add(Runspace runspace, IReadOnlyList<LockLease> leases, string place)
    {
        lock (Sync)
        {
            if (!ByRunspace.TryGetValue(runspace.InstanceId, out List<Entry>? entered))
            {
                ByRunspace[runspace.InstanceId] = entered = [];
                runspace.StateChanged += OnStateChanged;
                if (IsOfParallelItems(runspace))
                    runspace.AvailabilityChanged += OnAvailabilityChanged;
            }

            entered.RemoveAll(e => e.Lease.IsReleased);
            foreach (LockLease lease in leases)
                entered.Add(new Entry(lease, place, DateTime.Now));
        }
    }

    /// <summary>The lease of that lock entered in this runspace; null if there is none.</summary>
    public static Entry? Find(Runspace runspace, LockTarget target)
    {
        lock (Sync)
        {
            return ByRunspace.TryGetValue(runspace.InstanceId, out List<Entry>? entered)
                ? entered.Find(e => !e.Lease.IsReleased && e.Lease.Target.LockFile == target.LockFile)
                : null;
        }
    }

    /// <summary>What this runspace has entered and not left.</summary>
    public static IReadOnlyList<LockLease> All(Runspace runspace)
    {
        lock (Sync)
            return ByRunspace.TryGetValue(runspace.InstanceId, out List<Entry>? entered) ? entered.Select(e => e.Lease).Where(lease => !lease.IsReleased).ToList() : [];
    }

    // PSTaskPool names them so: "PSTask:7".
    private static bool IsOfParallelItems(Runspace runspace) =>
        runspace.Name?.StartsWith("PSTask", StringComparison.Ordinal) == true;

    private static void OnAvailabilityChanged(object? sender, RunspaceAvailabilityEventArgs e)
    {
        if (sender is Runspace runspace && e.RunspaceAvailability == RunspaceAvailability.Available)
            Release(runspace);
    }

    private static void OnStateChanged(object? sender, RunspaceStateEventArgs e)
    {
        if (sender is Runspace runspace && e.RunspaceStateInfo.State is (RunspaceState.Closed or RunspaceState.Broken))
            Release(runspace);
    }

    private static void Release(Runspace runspace)
    {
        List<Entry>? entered;
        lock (Sync)
        {
            if (!ByRunspace.TryGetValue(runspace.InstanceId, out entered))
                return;
            ByRunspace.Remove(runspace.InstanceId);
        }

        runspace.StateChanged -= OnStateChanged;
        runspace.AvailabilityChanged -= OnAvailabilityChanged;
        entered.ForEach(e => e.Lease.Dispose());
    }

    /// <param name="Lease">What was entered.</param>
    /// <param name="Place">The line that did.</param>
    /// <param name="Since">When.</param>
    internal sealed record Entry(LockLease Lease, string Place, DateTime Since);
}
