using System;
using System.Collections.Generic;
using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace ProcessDedup.Platform;

/// <summary>Sees to it that a child process does not outlive this one, however this one ends.</summary>
internal sealed unsafe class ChildGuard : IDisposable
{
    private const int ExtendedLimitInformation = 9;
    private const uint KillOnJobClose = 0x2000;

    private readonly SafeFileHandle? _job = OperatingSystemKind.IsWindows ? CreateJob() : null;

    /// <summary>The start of a command, guarded where that must happen before it runs.</summary>
    /// <remarks>
    /// Linux: prctl(2) PR_SET_PDEATHSIG can only be set by the child itself between fork and exec, which .NET does
    /// not offer; util-linux's setpriv does it and then becomes the command. The signal is bound to the thread that
    /// started the child: start it on the main thread.
    /// </remarks>
    public static ProcessStartInfo Wrap(string program, IReadOnlyList<string> command)
    {
        string? setpriv = OperatingSystemKind.IsLinux ? ExecutableSearch.Find("setpriv") : null;
        var start = new ProcessStartInfo(setpriv ?? program) { UseShellExecute = false };
        if (setpriv is not null)
        {
            start.ArgumentList.Add("--pdeathsig");
            start.ArgumentList.Add("TERM");
            start.ArgumentList.Add("--");
            start.ArgumentList.Add(program);
        }

        for (int i = 1; i < command.Count; i++)
            start.ArgumentList.Add(command[i]);
        return start;
    }

    public void Adopt(Process child)
    {
        if (_job is not null)
            Kernel32.AssignToJob(_job, child.Handle);
    }

    private static SafeFileHandle CreateJob()
    {
        SafeFileHandle job = Kernel32.CreateJob(0, null);
        var limits = new Kernel32.JobLimits { Flags = KillOnJobClose };
        Kernel32.SetJobInformation(job, ExtendedLimitInformation, &limits, (uint)sizeof(Kernel32.JobLimits));
        return job;
    }

    public void Dispose() => _job?.Dispose();
}
