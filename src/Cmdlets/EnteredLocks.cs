using System;
using System.Collections.Generic;
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
    private static readonly Dictionary<Guid, List<LockLease>> ByRunspace = [];

    public static void Add(Runspace runspace, IReadOnlyList<LockLease> leases)
    {
        lock (Sync)
        {
            if (!ByRunspace.TryGetValue(runspace.InstanceId, out List<LockLease>? entered))
            {
                ByRunspace[runspace.InstanceId] = entered = [];
                runspace.StateChanged += OnStateChanged;
                if (IsOfParallelItems(runspace))
                    runspace.AvailabilityChanged += OnAvailabilityChanged;
            }

            entered.RemoveAll(lease => lease.IsReleased);
            entered.AddRange(leases);
        }
    }

    /// <summary>The lease of that lock entered in this runspace; null if there is none.</summary>
    public static LockLease? Find(Runspace runspace, LockTarget target)
    {
        lock (Sync)
        {
            return ByRunspace.TryGetValue(runspace.InstanceId, out List<LockLease>? entered)
                ? entered.Find(lease => !lease.IsReleased && lease.Target.LockFile == target.LockFile)
                : null;
        }
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
        List<LockLease>? entered;
        lock (Sync)
        {
            if (!ByRunspace.TryGetValue(runspace.InstanceId, out entered))
                return;
            ByRunspace.Remove(runspace.InstanceId);
        }

        runspace.StateChanged -= OnStateChanged;
        runspace.AvailabilityChanged -= OnAvailabilityChanged;
        entered.ForEach(lease => lease.Dispose());
    }
}
