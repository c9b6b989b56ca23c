using System;
using System.Collections.Generic;
using System.Management.Automation.Runspaces;
using ProcessDedup.Locks;

namespace ProcessDedup.Cmdlets;

/// <summary>The leases that Enter-FileLock has handed out, by runspace; a runspace that is closed gives its own back.</summary>
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

    private static void OnStateChanged(object? sender, RunspaceStateEventArgs e)
    {
        if (sender is not Runspace runspace
            || e.RunspaceStateInfo.State is not (RunspaceState.Closed or RunspaceState.Broken))
        {
            return;
        }

        List<LockLease>? entered;
        lock (Sync)
        {
            if (!ByRunspace.TryGetValue(runspace.InstanceId, out entered))
                return;
            ByRunspace.Remove(runspace.InstanceId);
        }

        runspace.StateChanged -= OnStateChanged;
        entered.ForEach(lease => lease.Dispose());
    }
}
