using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;

namespace ProcessDedup.Platform;

/// <summary>Why a living process does not run.</summary>
internal enum Pause
{
    /// <summary>It runs, sleeps or waits, or nothing can be told.</summary>
    None,

    /// <summary>Stopped by a signal (Ctrl+Z, SIGSTOP, SIGTTOU) or by a debugger.</summary>
    Stopped,

    /// <summary>Its control group is frozen, as <c>docker pause</c> does.</summary>
    Frozen,
}

/// <summary>
/// Whether a process stands still: the state in /proc/PID/stat, and the freezer of its control group, which that state does
/// not show. macOS tells of signals only; Windows tells nothing.
/// </summary>
internal static unsafe class ProcessPause
{
    private static readonly Lazy<(string? Unified, string? Freezer)> ControlGroups = new(FindControlGroups);

    /// <summary>Does that process stand still at this moment?</summary>
    public static Pause Of(int processId)
    {
        if (OperatingSystemKind.IsMacOS)
            return IsStoppedOnMac(processId) ? Pause.Stopped : Pause.None;
        if (!OperatingSystemKind.IsLinux || ProcStat.TryRead(processId) is not { } stat)
            return Pause.None;
        return stat.IsStopped ? Pause.Stopped : IsFrozen(processId) ? Pause.Frozen : Pause.None;
    }

    private static bool IsFrozen(int processId)
    {
        (string? unified, string? freezer) = ControlGroups.Value;
        if (unified is null && freezer is null)
            return false;
        foreach (string line in Lines($"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/cgroup"))
        {
            // "0::/user.slice" is the unified tree, "6:freezer:/job" one of the older trees (cgroups(7)).
            string[] fields = line.Split([':'], 3);
            if (fields.Length < 3 || fields[2].Contains("/.."))
                continue;
            if (unified is not null && fields[0] == "0" && Contains(unified + fields[2] + "/cgroup.events", "frozen 1"))
                return true;
            if (freezer is not null && Array.IndexOf(fields[1].Split(','), "freezer") >= 0
                && Contains(freezer + fields[2] + "/freezer.state", "FROZEN"))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Contains(string file, string wanted)
    {
        foreach (string line in Lines(file))
        {
            if (line == wanted)
                return true;
        }

        return false;
    }

    private static string[] Lines(string file)
    {
        try
        {
            return File.ReadAllText(file).Split('\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static (string? Unified, string? Freezer) FindControlGroups()
    {
        string? unified = null, freezer = null;
        IReadOnlyList<Mount> mounts = Mounts.Parse(string.Join("\n", Lines("/proc/self/mountinfo")));
        foreach (Mount mount in mounts)
        {
            if (mount.Type == "cgroup2")
                unified ??= mount.Point;
            else if (mount.Type == "cgroup" && Array.IndexOf(Path.GetFileName(mount.Point).Split(','), "freezer") >= 0)
                freezer ??= mount.Point;
        }

        return (unified, freezer);
    }

    private static bool IsStoppedOnMac(int processId)
    {
        // proc_pidinfo(PROC_PIDTBSDINFO): pbi_status is the second 32-bit field of struct proc_bsdinfo; SSTOP of sys/proc.h is 4.
        const int bsdInfo = 3, size = 136, stopped = 4;
        uint* fields = stackalloc uint[size / sizeof(uint)];
        return ProcPidInfo(processId, bsdInfo, 0, fields, size) == size && fields[1] == stopped;
    }

    [DllImport("libproc", EntryPoint = "proc_pidinfo")]
    private static extern int ProcPidInfo(int processId, int flavor, ulong argument, void* buffer, int size);
}
