using System;
using System.IO;
using System.Runtime.InteropServices;

namespace ProcessDedup.Platform;

/// <summary>Sets the time of last modification, of a link itself and never of what it leads to (utimensat(2)).</summary>
internal static unsafe class FileTimes
{
    // fcntl.h and sys/stat.h of the two kernels.
    private static readonly int AtCurrentDirectory = OperatingSystemKind.IsMacOS ? -2 : -100;
    private static readonly int AtNoFollow = OperatingSystemKind.IsMacOS ? 0x20 : 0x100;
    private static readonly nint Omit = OperatingSystemKind.IsMacOS ? -2 : (1 << 30) - 2;

    private const long NanosecondsOfSecond = 1_000_000_000;
    private const long NanosecondsOfTick = 100;

    [DllImport("libc", EntryPoint = "utimensat", SetLastError = true)]
    private static extern int SetTimes(int directory, byte* path, Timespec* times, int flags);

    /// <summary>Sets the time as finely as the file system keeps it; false if it keeps none that can be set.</summary>
    /// <param name="path">A file, a directory or a link.</param>
    /// <param name="nanoseconds">Since 1970-01-01 UTC.</param>
    /// <exception cref="PlatformException">It cannot be set for another reason.</exception>
    public static bool TrySetModified(string path, long nanoseconds)
    {
        if (OperatingSystemKind.IsWindows)
            return TrySetOnWindows(path, nanoseconds);
        long seconds = Math.DivRem(nanoseconds, NanosecondsOfSecond, out long rest);
        if (rest < 0)
            (seconds, rest) = (seconds - 1, rest + NanosecondsOfSecond);
        Timespec* times = stackalloc Timespec[2];
        times[0] = new Timespec(0, Omit);
        times[1] = new Timespec((nint)seconds, (nint)rest);
        fixed (byte* name = new NativePath(path).Bytes)
        {
            if (SetTimes(AtCurrentDirectory, name, times, AtNoFollow) == 0)
                return true;
        }

        int code = Marshal.GetLastWin32Error();
        const int notPermitted = 1, invalid = 22;
        int notImplemented = OperatingSystemKind.IsMacOS ? 78 : 38;
        int notSupported = OperatingSystemKind.IsMacOS ? 45 : 95;
        return code is notPermitted or invalid || code == notImplemented || code == notSupported
            ? false
            : throw PlatformException.FromErrno("utimensat", path, code);
    }

    private static bool TrySetOnWindows(string path, long nanoseconds)
    {
        try
        {
            // The managed calls would follow a link.
            if (SymbolicLinks.TryRead(path) is not null)
                return false;
            DateTime time = DateTime.UnixEpoch.AddTicks(nanoseconds / NanosecondsOfTick);
            if (Directory.Exists(path))
                Directory.SetLastWriteTimeUtc(path, time);
            else
                File.SetLastWriteTimeUtc(path, time);
            return true;
        }
        catch (ArgumentOutOfRangeException)
        {
            // Before 1601.
            return false;
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            throw ManagedFailures.Translate("SetFileTime", path, e);
        }
    }

    // Both fields are as wide as a C long.
    private readonly struct Timespec(nint seconds, nint nanoseconds)
    {
        public readonly nint Seconds = seconds;
        public readonly nint Nanoseconds = nanoseconds;
    }
}
