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

    /// <summary>What a process calls itself in its own PID namespace, which may be one below this process's.</summary>
    public static bool TryGetInside(int processId, out ProcessIdentity identity)
    {
        identity = default;
        string process = "/proc/" + processId.ToString(CultureInfo.InvariantCulture);
        if (!OperatingSystemKind.IsLinux
            || ProcStat.TryRead(processId) is not { } stat
            || SymbolicLinks.TryRead(process + "/ns/pid") is not { } space
            || InnermostId(process + "/status") is not { } id)
        {
            return false;
        }

        identity = new ProcessIdentity(id, stat.StartTicks, ThisBoot.Value, space);
        return true;
    }

    // "NSpid:	4711	12	1": from this namespace inwards (proc_pid_status(5)).
    private static int? InnermostId(string status)
    {
        const string field = "NSpid:";
        try
        {
            foreach (string line in File.ReadLines(status))
            {
                if (line.StartsWith(field, StringComparison.Ordinal))
                    return int.TryParse(line.AsSpan(line.LastIndexOf('\t') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : null;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }

        return null;
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

    /// <summary>
    /// Part of a file name that no other process of this boot has, whatever its container: "4711-98765-4026531836". The number
    /// of a PID namespace is given again once the namespace is gone, but start times within a boot go on.
    /// </summary>
    public string FileKey => string.Format(
        CultureInfo.InvariantCulture, "{0}-{1}-{2}", ProcessId, StartTicks, NamespaceNumber(Namespace));

    private static string NamespaceNumber(string text)
    {
        int open = text.IndexOf('[');
        return open < 0 || !ulong.TryParse(text.AsSpan(open + 1).TrimEnd(']'), NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
            ? "0"
            : number.ToString(CultureInfo.InvariantCulture);
    }

    public override string ToString() => ProcessId.ToString(CultureInfo.InvariantCulture);
}
