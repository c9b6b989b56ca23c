using System;
using System.Runtime.InteropServices;

namespace ProcessDedup.LockPeer;

/// <summary>A handler for SIGURG as another library of the process (the Go runtime, say) would install one.</summary>
internal static class ForeignSignalHandler
{
    private static readonly int Urgent = OperatingSystem.IsMacOS() ? 16 : 23;

    public static void Install()
    {
        nint handler = NativeLibrary.GetExport(NativeLibrary.GetMainProgramHandle(), "abs");
        if (Signal(Urgent, handler) == -1)
            throw new InvalidOperationException("signal(2) failed.");
    }

    [DllImport("libc", EntryPoint = "signal", SetLastError = true)]
    private static extern nint Signal(int signal, nint handler);
}
