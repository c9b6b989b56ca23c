using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>What a command learns about the locks that it runs under: environment variables.</summary>
public static class CommandEnvironment
{
    /// <summary>The locks that are held for the command, one a line; those of a <c>procdedup lock</c> around it first.</summary>
    public const string LocksHeldVariable = "PROCESSDEDUP_LOCKS_HELD";

    /// <summary>A file that does not exist until a lock is lost; then it names each lost lock on a line of its own.</summary>
    public const string LostFileVariable = "PROCESSDEDUP_LOST_FILE";

    /// <summary>Which slot the command has, from 1; of several locks one number a line, in the order of their names.</summary>
    public const string SlotVariable = "PROCESSDEDUP_SLOT";

    /// <summary>The fencing number, if the command runs under one lock of a fleet.</summary>
    public const string FenceVariable = "PROCESSDEDUP_FENCE";

    /// <summary>The PIDs of the procdedup processes that hold locks for the command, the outermost first.</summary>
    public const string HoldersVariable = "PROCESSDEDUP_HOLDERS";

    internal static void Tell(ProcessStartInfo start, IReadOnlyList<LockLease> leases, string? lostFile)
    {
        IDictionary<string, string?> variables = start.Environment;
        string? outer = variables.TryGetValue(LocksHeldVariable, out string? known) && !string.IsNullOrEmpty(known) ? known : null;
        var held = leases.Select(lease => lease.Target.Display).ToList();
        if (held.Count > 0)
            variables[LocksHeldVariable] = string.Join('\n', outer is null ? held : held.Prepend(outer));
        if (leases.Any(lease => lease.Slot is not null))
            variables[SlotVariable] = string.Join('\n', leases.Select(lease => lease.Slot?.ToString(CultureInfo.InvariantCulture)));
        if (lostFile is not null)
            variables[LostFileVariable] = lostFile;
        TellHolder(start);
        if (leases.Count == 1 && leases[0].Fence is { } fence)
            variables[FenceVariable] = fence.ToString(CultureInfo.InvariantCulture);
    }

    internal static void TellHolder(ProcessStartInfo start)
    {
        string own = ProcessIdentity.CurrentProcessId().ToString(CultureInfo.InvariantCulture);
        start.Environment[HoldersVariable] = start.Environment.TryGetValue(HoldersVariable, out string? outer) && !string.IsNullOrEmpty(outer)
            ? outer + " " + own
            : own;
    }

    /// <summary>
    /// Is that child of a procdedup certainly not its command, but an orphan that it adopted? It has one command, which is
    /// older than all that the command started.
    /// </summary>
    internal static bool IsAdopted(int child, int parent) =>
        OperatingSystemKind.IsLinux
        && Environment.GetEnvironmentVariable(HoldersVariable) is { } holders
        && holders.Split(' ').Contains(parent.ToString(CultureInfo.InvariantCulture))
        && OrphanAdoption.OldestChild(parent) is { } command
        && command != child;
}
