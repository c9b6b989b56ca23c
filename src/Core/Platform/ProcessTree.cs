using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ProcessDedup.Platform;

/// <summary>Who started this process, and who started that one.</summary>
internal static unsafe class ProcessTree
{
    // Deeper trees do not occur; a bound guards against a cycle read while PIDs are being reused.
    private const int DeepestTree = 128;

    /// <summary>The process that started this one; null if it is gone, or cannot be seen.</summary>
    public static ProcessIdentity? ParentOfThisProcess()
    {
        IReadOnlyList<int> ancestors = Ancestors();
        int id = ancestors.Count > 0 ? ancestors[0] : IsShellOfContainer() ? 1 : 0;
        return id > 0 && ProcessIdentity.TryGet(id, out ProcessIdentity parent) ? parent : null;
    }

    // On the machine itself PID 1 is nobody's parent by choice; in a container it may be the script that runs everything.
    private static bool IsShellOfContainer()
    {
        const string initialNamespace = "pid:[4026531836]"; // PROC_PID_INIT_INO of linux/proc_ns.h
        return OperatingSystemKind.IsLinux && Libc.ParentProcessId() == 1 && ProcessIdentity.Current.Namespace != initialNamespace;
    }

    /// <summary>PIDs of the parent, its parent and so on, as far as they can be seen.</summary>
    public static IReadOnlyList<int> Ancestors()
    {
        var ancestors = new List<int>();
        int? parent = OperatingSystemKind.IsWindows ? ParentOnWindows(ProcessIdentity.CurrentProcessId()) : Libc.ParentProcessId();
        while (parent is > 1 && ancestors.Count < DeepestTree && !ancestors.Contains(parent.Value))
        {
            ancestors.Add(parent.Value);
            parent = OperatingSystemKind.IsWindows ? ParentOnWindows(parent.Value)
                : OperatingSystemKind.IsLinux ? ProcStat.TryRead(parent.Value)?.ParentId
                : ParentOnMac(parent.Value);
        }

        return ancestors;
    }

    private static int? ParentOnWindows(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            Kernel32.ProcessBasicInformation information;
            uint written;
            if (Kernel32.QueryProcess(process.Handle, 0, &information, (uint)sizeof(Kernel32.ProcessBasicInformation), &written) != 0)
                return null;
            int parent = (int)information.ParentProcessId;
            using var parentProcess = Process.GetProcessById(parent);
            // Windows keeps the number of a dead parent; a process younger than its child is somebody else.
            return parentProcess.StartTime <= process.StartTime ? parent : null;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return null;
        }
    }

    private static int? ParentOnMac(int processId)
    {
        // proc_pidinfo(PROC_PIDTBSDINFO): pbi_ppid is the fifth 32-bit field of struct proc_bsdinfo.
        const int bsdInfo = 3, size = 136;
        uint* fields = stackalloc uint[size / sizeof(uint)];
        return ProcPidInfo(processId, bsdInfo, 0, fields, size) == size ? (int)fields[4] : null;
    }

    [DllImport("libproc", EntryPoint = "proc_pidinfo")]
    private static extern int ProcPidInfo(int processId, int flavor, ulong argument, void* buffer, int size);
}
