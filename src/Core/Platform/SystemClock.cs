using System.Runtime.InteropServices;

namespace ProcessDedup.Platform;

/// <summary>
/// The clock by which file systems of this machine note changes, and what it shows beyond the time since the boot. The
/// difference stays the same until somebody sets the clock: slewing by NTP and a suspension change both alike. Linux only.
/// </summary>
internal static unsafe class SystemClock
{
    // time.h of Linux.
    private const int Realtime = 0;
    private const int RealtimeCoarse = 5;
    private const int BootTime = 7;

    private const long NanosecondsOfSecond = 1_000_000_000;

    // Reading both clocks takes less than a microsecond; a process may lose its processor in between.
    private const long LongestLook = 1_000_000;
    private const int Looks = 20;

    [DllImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    private static extern int GetTime(int clock, Timespec* time);

    /// <summary>The time that a file changed right now would get, in nanoseconds since 1970-01-01 UTC; null: it cannot be known.</summary>
    public static long? TimeOfChange() => OperatingSystemKind.IsLinux ? Read(RealtimeCoarse) : null;

    /// <summary>The clock less the time since the boot, in nanoseconds, to a millisecond; null: it cannot be known.</summary>
    public static long? SinceBootDifference()
    {
        for (int look = 0; OperatingSystemKind.IsLinux && look < Looks; look++)
        {
            if (Read(BootTime) is not { } first || Read(Realtime) is not { } clock || Read(BootTime) is not { } last)
                return null;
            if (last - first < LongestLook)
                return clock - last;
        }

        return null;
    }

    private static long? Read(int clock)
    {
        Timespec time;
        return GetTime(clock, &time) == 0 ? time.Seconds * NanosecondsOfSecond + time.Nanoseconds : null;
    }

    // Both fields are as wide as a C long.
    private readonly struct Timespec
    {
        public readonly nint Seconds;
        public readonly nint Nanoseconds;
    }
}
