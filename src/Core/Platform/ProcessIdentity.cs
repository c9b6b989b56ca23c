using System;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.IO;

namespace ProcessDedup.Platform;

/// <summary>
/// One life of one process. A PID alone is reused; with the start time, within one boot and one PID namespace, it
/// names a process for good.
/// </summary>
/// <param name="ProcessId">The PID as this process sees it.</param>
/// <param name="StartTicks">Linux: start time in clock ticks since boot (proc_pid_stat(5), field 22); elsewhere
/// 100 ns ticks of the start in UTC.</param>
/// <param name="BootId">Linux: /proc/sys/kernel/random/boot_id; elsewhere empty, as start times are absolute.</param>
/// <param name="Namespace">Linux: the PID namespace; elsewhere empty.</param>
internal readonly record struct ProcessIdentity(int ProcessId, long StartTicks, string BootId, string Namespace)
{
    private static readonly Lazy<ProcessIdentity> Self = new(ReadSelf);
    private static readonly Lazy<string> ThisBoot = new(() => ReadLine("/proc/sys/kernel/random/boot_id"));
    private static readonly Lazy<string> ThisNamespace = new(ReadNamespace);

    public static ProcessIdentity Current => Self.Value;

    // include/linux/proc_ns.h, PROC_PID_INIT_INO.
    private const string FirstNamespace = "pid:[4026531836]";

    /// <summary>Does this process see every process of the machine? In a container it does not.</summary>
    public static bool SeesAll => ThisNamespace.Value == FirstNamespace;

    /// <summary>When a running process was started; null if it is gone or cannot be asked.</summary>
    public static DateTimeOffset? StartedAt(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return process.StartTime;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Can PIDs of that record be compared with PIDs of this process at all?</summary>
    public bool IsComparable => BootId == ThisBoot.Value && Namespace == ThisNamespace.Value;

    /// <summary>
    /// Is it certain that this process is gone? Not for one in another PID namespace of this boot: that is another
    /// container, which this process cannot look into.
    /// </summary>
    public bool IsGone => IsComparable ? !IsAlive : BootId != ThisBoot.Value;

    /// <summary>True while this very process lives; false once it is gone, or its PID belongs to another.</summary>
    public bool IsAlive => IsComparable && TryGet(ProcessId, out ProcessIdentity found) && found.StartTicks == StartTicks;

    /// <summary>Looks a running process up; zombies count as gone, their locks are released.</summary>
    public static bool TryGet(int processId, out ProcessIdentity identity)
    {
        identity = default;
        long? start = OperatingSystemKind.IsLinux ? ProcStat.TryRead(processId)?.StartTicks : StartOf(processId);
        if (start is null)
            return false;
        identity = new ProcessIdentity(processId, start.Value, ThisBoot.Value, ThisNamespace.Value);
        return true;
    }

    private static ProcessIdentity ReadSelf()
    {
        int id = CurrentProcessId();
        return TryGet(id, out ProcessIdentity identity)
            ? identity
            : new ProcessIdentity(id, 0, ThisBoot.Value, ThisNamespace.Value);
    }

    public static int CurrentProcessId()
    {
        if (!OperatingSystemKind.IsWindows)
            return Libc.ProcessId();
        using var self = Process.GetCurrentProcess();
        return self.Id;
    }

    private static long? StartOf(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return process.StartTime.ToUniversalTime().Ticks;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception or NotSupportedException)
        {
            return null;
        }
    }

    private static string ReadNamespace()
    {
        if (!OperatingSystemKind.IsLinux)
            return string.Empty;
        // /proc/self/ns/pid is a link whose text is the namespace: pid:[4026531836].
        return SymbolicLinks.TryRead("/proc/self/ns/pid") ?? string.Empty;
    }

    private static string ReadLine(string path)
    {
        try
        {
            return OperatingSystemKind.IsLinux ? File.ReadAllText(path).Trim() : string.Empty;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }

    public override string ToString() => ProcessId.ToString(CultureInfo.InvariantCulture);
}
