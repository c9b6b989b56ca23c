using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace ProcessDedup.Bench.Contenders;

/// <summary>The bare system calls that Core is compared with, and the clocks of other processes (Linux).</summary>
internal static unsafe class NativeCalls
{
    private const int ReadWrite = 2;
    private const int CreateFlag = 0x40;
    private const int CloseOnExec = 0x80000;
    private const int Exclusive = 2;
    private const int Unlocked = 8;
    private const int Interrupted = 4;
    private const int Realtime = 0;
    private const int Monotonic = 1;

    /// <summary>A path as system calls want it, encoded once.</summary>
    internal sealed record Path(byte[] Bytes);

    /// <summary>Makes the file if it is missing.</summary>
    public static Path Create(string file)
    {
        Close(Open(file));
        return new Path(Encoding.UTF8.GetBytes(file + '\0'));
    }

    public static int Open(string file)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(file + '\0'))
            return Checked(OpenCall(name, ReadWrite | CreateFlag | CloseOnExec, 0x180));
    }

    public static int OpenExisting(Path path)
    {
        fixed (byte* name = path.Bytes)
            return Checked(OpenCall(name, ReadWrite | CloseOnExec, 0));
    }

    public static void Lock(int descriptor)
    {
        while (Flock(descriptor, Exclusive) != 0)
        {
            if (Marshal.GetLastPInvokeError() != Interrupted)
                throw new Win32Exception();
        }
    }

    public static void Unlock(int descriptor) => Checked(Flock(descriptor, Unlocked));

    public static void Close(int descriptor) => Checked(CloseCall(descriptor));

    /// <summary>CLOCK_REALTIME minus CLOCK_MONOTONIC in ns: a shell knows only the former.</summary>
    public static long RealtimeOffset() => Read(Realtime) - Read(Monotonic);

    /// <summary>CPU time that all threads of a process have used, in ns, also those that have ended.</summary>
    public static long CpuTime(int processId) => Read((~processId << 3) | 2); // clock_getcpuclockid(3)

    private static long Read(int clock)
    {
        long* time = stackalloc long[2];
        Checked(GetTime(clock, time));
        return (time[0] * 1_000_000_000) + time[1];
    }

    private static int Checked(int result) => result >= 0 ? result : throw new Win32Exception();

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int OpenCall(byte* path, int flags, uint mode);

    [DllImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static extern int Flock(int descriptor, int operation);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    private static extern int CloseCall(int descriptor);

    [DllImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    private static extern int GetTime(int clock, long* time);
}
