using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ProcessDedup.Tests.Harness;

/// <summary>
/// Gives the programs that tests start the usual answers to signals, whatever this process was started with. `nohup` ignores
/// SIGHUP and a script's `&amp;` ignores SIGINT and SIGQUIT; children inherit that, and a test that interrupts one would wait for it
/// for ever. tests/Pester/Invoke-Suite.ps1 compiles this file too.
/// </summary>
public static class ChildSignals
{
    private static readonly int[] Inherited = [1, 2, 3, 15]; // SIGHUP, SIGINT, SIGQUIT, SIGTERM

    [ModuleInitializer]
    internal static void OfEveryTest() => Restore();

    /// <summary>Replaces "ignore" by a handler that does nothing: this process goes on as before, and exec resets handlers to the default.</summary>
    public static void Restore()
    {
        if (!OperatingSystem.IsLinux())
            return;
        string mask = File.ReadLines("/proc/self/status").Single(line => line.StartsWith("SigIgn:", StringComparison.Ordinal)).Substring(7);
        ulong ignored = ulong.Parse(mask.Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        // abs of libc takes a number and changes nothing. Managed code must not run in a handler, and
        // PosixSignalRegistration leaves an ignored SIGINT ignored.
        nint nothing = NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "abs");
        foreach (int signal in Inherited)
        {
            if ((ignored & (1UL << (signal - 1))) != 0)
                _ = SetHandler(signal, nothing);
        }
    }

    [DllImport("libc", EntryPoint = "signal")]
    private static extern nint SetHandler(int signal, nint handler);
}
