using System.Runtime.InteropServices;

namespace ProcessDedup.Platform;

/// <summary>
/// Whether a pending LockFileEx is ever completed. On Windows it is; under Wine 10 the event never comes and
/// GetOverlappedResult claims success without a lock, so there the lock is polled for.
/// </summary>
internal static class OverlappedLockProbe
{
    public static readonly bool Completes = !IsWine();

    private static bool IsWine()
    {
        nint ntdll = GetModuleHandle("ntdll.dll");
        return ntdll != 0 && GetProcAddress(ntdll, "wine_get_version") != 0;
    }

    [DllImport("kernel32.dll", EntryPoint = "GetModuleHandleW", CharSet = CharSet.Unicode)]
    private static extern nint GetModuleHandle(string name);

    [DllImport("kernel32.dll", EntryPoint = "GetProcAddress", CharSet = CharSet.Ansi, BestFitMapping = false)]
    private static extern nint GetProcAddress(nint module, string name);
}
