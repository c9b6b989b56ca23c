using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace ProcessDedup.Platform;

/// <summary>
/// Makes this process the parent of every process below it whose own parent ends (PR_SET_CHILD_SUBREAPER of prctl(2)), so
/// that nothing a command starts can leave its tree: neither by a double fork nor by a session of its own.
/// </summary>
/// <remarks>Linux only. What another program starts on the command's behalf (systemd, docker, at, cron) is not below it.</remarks>
internal sealed unsafe class OrphanAdoption : IDisposable
{
    private readonly PosixSignalRegistration _handler;
    private int _command;

    [UnsupportedOSPlatform("windows")]
    private OrphanAdoption() => _handler = PosixSignalRegistration.Create(PosixSignal.SIGCHLD, _ => Reap());

    /// <summary>Begins to adopt; null where the system cannot.</summary>
    public static OrphanAdoption? TryBegin() =>
        OperatingSystem.IsLinux() && Libc.Control(Libc.SetChildSubreaper, 1, 0, 0, 0) == 0 ? new OrphanAdoption() : null;

    /// <summary>From now on orphans that end are reaped; the command itself is .NET's to reap.</summary>
    public void Except(int command)
    {
        _command = command;
        Reap();
    }

    // An adopted orphan that nobody waits for would stay a zombie for as long as the command runs.
    private void Reap()
    {
        if (_command == 0)
            return;
        try
        {
            foreach (int child in ChildrenOf("self"))
            {
                int status;
                if (child != _command)
                    _ = Libc.WaitFor(child, &status, Libc.WaitNoHang);
            }
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            // A kernel without these files: the zombies go when this process does.
        }
    }

    /// <summary>The running child of a process that was started first; null if there is none, or the kernel does not tell.</summary>
    public static int? OldestChild(int processId)
    {
        try
        {
            return ChildrenOf(processId.ToString(CultureInfo.InvariantCulture))
                .Select(id => (Id: id, Stat: ProcStat.TryRead(id)))
                .Where(child => child.Stat is not null)
                .OrderBy(child => child.Stat!.Value.StartTicks).ThenBy(child => child.Id)
                .Select(child => (int?)child.Id).FirstOrDefault();
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            return null;
        }
    }

    // proc_pid_children(5): exact as long as no child ends meanwhile; then the next look has it right.
    private static List<int> ChildrenOf(string process)
    {
        var children = new List<int>();
        foreach (string thread in Directory.EnumerateDirectories($"/proc/{process}/task"))
        {
            foreach (string child in File.ReadAllText(Path.Combine(thread, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                children.Add(int.Parse(child, CultureInfo.InvariantCulture));
        }

        return children;
    }

    /// <summary>
    /// Is any process below this one left? Exact, whatever forks meanwhile: an orphan becomes a child of this process
    /// before its parent is gone. Only once the command itself was waited for.
    /// </summary>
    public static bool IsAnyLeft()
    {
        int found, status;
        do
            found = Libc.WaitFor(-1, &status, Libc.WaitNoHang);
        while (found > 0 || (found < 0 && Marshal.GetLastWin32Error() == Errno.Interrupted));
        return found == 0;
    }

    public void Dispose()
    {
        _handler.Dispose();
        _ = Libc.Control(Libc.SetChildSubreaper, 0, 0, 0, 0);
    }
}
