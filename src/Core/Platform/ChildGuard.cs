using System;
using System.Collections.Generic;
using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace ProcessDedup.Platform;

/// <summary>Sees to it that a child process does not outlive this one, however this one ends.</summary>
internal sealed unsafe class ChildGuard : IDisposable
{
    private const int BasicAccountingInformation = 1;
    private const int ExtendedLimitInformation = 9;
    private const uint KillOnJobClose = 0x2000;

    private readonly SafeFileHandle? _job = OperatingSystemKind.IsWindows ? CreateJob() : null;
    private readonly OrphanAdoption? _orphans = OrphanAdoption.TryBegin();

    /// <summary>
    /// Starts a process with SIGPIPE as programs expect it: .NET ignores it and would hand that down, so that
    /// "yes | head" below us would complain instead of ending in silence.
    /// </summary>
    public static Process? Start(ProcessStartInfo start)
    {
        if (OperatingSystemKind.IsWindows)
            return Process.Start(start);
        nint before = Libc.Signal(Libc.SignalPipe, Libc.DefaultSignal);
        try
        {
            return Process.Start(start);
        }
        finally
        {
            _ = Libc.Signal(Libc.SignalPipe, before);
        }
    }

    public void Adopt(Process child)
    {
        if (_job is not null)
            Kernel32.AssignToJob(_job, child.Handle);
        _orphans?.Except(child.Id);
    }

    /// <summary>Does <see cref="IsAnyLeft"/> see everything that the child started?</summary>
    public bool SeesTree => _job is not null || _orphans is not null;

    /// <summary>Once the child has ended: does anything run that it started?</summary>
    public bool IsAnyLeft()
    {
        if (_job is null)
            return _orphans is not null && OrphanAdoption.IsAnyLeft();
        Kernel32.JobAccounting accounting;
        return Kernel32.QueryJob(_job, BasicAccountingInformation, &accounting, (uint)sizeof(Kernel32.JobAccounting), null)
            && accounting.ActiveProcesses > 0;
    }

    /// <summary>What runs of it, as far as it can be seen; empty on Windows, where the job is ended as one.</summary>
    public IReadOnlyList<ProcessIdentity> Left() => _orphans is null ? [] : Descendants.Find(ProcessIdentity.CurrentProcessId());

    /// <summary>Windows: ends everything in the job.</summary>
    public void EndJob()
    {
        if (_job is not null)
            Kernel32.EndJob(_job, 1);
    }

    private static SafeFileHandle CreateJob()
    {
        SafeFileHandle job = Kernel32.CreateJob(0, null);
        Limit(job, KillOnJobClose);
        return job;
    }

    private static void Limit(SafeFileHandle job, uint flags)
    {
        var limits = new Kernel32.JobLimits { Flags = flags };
        Kernel32.SetJobInformation(job, ExtendedLimitInformation, &limits, (uint)sizeof(Kernel32.JobLimits));
    }

    /// <summary>The command has ended: what it left in the background may go on.</summary>
    public void LetGo()
    {
        if (_job is not null)
            Limit(_job, 0);
    }

    public void Dispose()
    {
        _job?.Dispose();
        _orphans?.Dispose();
    }
}
