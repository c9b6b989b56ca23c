using System.Diagnostics;
#if !NET
using System;
using System.ComponentModel;
using System.IO;
using System.Reflection;
#endif

namespace ProcessDedup.Platform;

/// <summary>Ends a process with all that it started: what git starts would go on to write, and keeps git's pipes open.</summary>
internal static class ProcessTreeEnd
{
#if NET
    public static void Kill(Process process) => process.Kill(entireProcessTree: true);
#else
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // .NET has it, whichever build of this runs there; .NET Framework ends one process only.
    private static readonly MethodInfo? Whole = typeof(Process).GetMethod(nameof(Process.Kill), [typeof(bool)]);

    public static void Kill(Process process)
    {
        if (Whole is not null)
        {
            Whole.Invoke(process, [true]);
            return;
        }

        try
        {
            string program = Path.Combine(Environment.SystemDirectory, "taskkill.exe");
            using Process? ending = Process.Start(new ProcessStartInfo(program, FormattableString.Invariant($"/T /F /PID {process.Id}"))
            {
                UseShellExecute = false,
                CreateNoWindow = true,
            });
            ending?.WaitForExit((int)Patience.TotalMilliseconds);
        }
        catch (Win32Exception)
        {
            // A system without it: then at least the process itself.
        }

        process.Kill();
    }
#endif
}
