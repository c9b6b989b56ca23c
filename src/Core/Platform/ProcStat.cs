using System;
using System.Globalization;
using System.IO;

namespace ProcessDedup.Platform;

/// <summary>The fields of /proc/PID/stat that identify a process and its parent, and its state (proc_pid_stat(5)).</summary>
internal readonly record struct ProcStat(int ParentId, long StartTicks, char State)
{
    /// <summary>Stopped by a signal or by a debugger.</summary>
    public bool IsStopped => State is 'T' or 't';

    /// <summary>Running, or waiting for nothing but a processor.</summary>
    public bool IsRunnable => State == 'R';

    public static ProcStat? TryRead(int processId)
    {
        try
        {
            return Parse(KernelFile.ReadText($"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/stat"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>
    /// Null for dead entries and for zombies without other threads: their files are closed and their locks gone. A process whose
    /// first thread has ended is shown as a zombie too, while the others go on, or end as well and have not let go of the files yet.
    /// </summary>
    public static ProcStat? Parse(string line)
    {
        // The command in parentheses may hold spaces and parentheses itself: count from the last one.
        int close = line.LastIndexOf(')');
        if (close < 0)
            return null;
        string[] fields = line.Substring(close + 1).Split([' '], StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 20 || fields[0] is "X" or "x" || (fields[0] == "Z" && fields[17] is "0" or "1"))
            return null;
        return new ProcStat(
            int.Parse(fields[1], CultureInfo.InvariantCulture),
            long.Parse(fields[19], CultureInfo.InvariantCulture),
            fields[0][0]);
    }
}
