using System;
using System.Runtime.InteropServices;

namespace ProcessDedup.Platform;

/// <summary>
/// The C library, as far as locks need it. Only calls whose binary interface is the same on every system, or
/// whose differences are spelled out here, are declared.
/// </summary>
internal static unsafe class Libc
{
    // The runtime maps this name to libc.so.6 (glibc), libc.so (musl) and libSystem (macOS).
    private const string Library = "libc";

    public const int LockShared = 1;
    public const int LockExclusive = 2;
    public const int LockNonBlocking = 4;
    public const int LockUnlock = 8;

    public const int OpenReadOnly = 0;
    public const int OpenWriteOnly = 1;
    public const int OpenReadWrite = 2;

    // fcntl.h: the values of the two kernels; O_NOFOLLOW and O_DIRECTORY also differ between architectures.
    public static readonly int OpenCreate = OperatingSystemKind.IsMacOS ? 0x200 : 0x40;
    public static readonly int OpenAppend = OperatingSystemKind.IsMacOS ? 0x8 : 0x400;
    public static readonly int OpenExclusive = OperatingSystemKind.IsMacOS ? 0x800 : 0x80;
    public static readonly int OpenNonBlocking = OperatingSystemKind.IsMacOS ? 0x4 : 0x800;
    public static readonly int OpenCloseOnExec = OperatingSystemKind.IsMacOS ? 0x1000000 : 0x80000;
    public static readonly int OpenNoFollow = OperatingSystemKind.IsMacOS ? 0x100
        : IsArm ? 0x8000
        : 0x20000;
    public static readonly int OpenDirectory = OperatingSystemKind.IsMacOS ? 0x100000
        : IsArm ? 0x4000
        : 0x10000;

    public static readonly nint DefaultSignal = 0;
    public static readonly nint IgnoreSignal = 1;

    public const int SignalPipe = 13;
    public const int SignalInterrupt = 2;
    public const int SignalQuit = 3;
    public const int SignalHangUp = 1;
    public const int SignalTerminate = 15;
    public const int SignalKill = 9;
    public static readonly int SignalUser1 = OperatingSystemKind.IsMacOS ? 30 : 10;
    public static readonly int SignalUser2 = OperatingSystemKind.IsMacOS ? 31 : 12;
    public static readonly int SignalUrgent = OperatingSystemKind.IsMacOS ? 16 : 23;

    private static bool IsArm =>
        RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;

    private static readonly bool IsAppleArm =
        OperatingSystemKind.IsMacOS && RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    [DllImport(Library, EntryPoint = "flock", SetLastError = true)]
    public static extern int Flock(int descriptor, int operation);

    [DllImport(Library, EntryPoint = "close", SetLastError = true)]
    public static extern int Close(int descriptor);

    /// <summary>dup(2). The copy is inherited by child processes: FD_CLOEXEC is not copied.</summary>
    [DllImport(Library, EntryPoint = "dup", SetLastError = true)]
    public static extern int Duplicate(int descriptor);

    [DllImport(Library, EntryPoint = "write", SetLastError = true)]
    public static extern nint Write(int descriptor, byte* data, nint length);

    [DllImport(Library, EntryPoint = "read", SetLastError = true)]
    public static extern nint Read(int descriptor, byte* data, nint length);

    [DllImport(Library, EntryPoint = "pread", SetLastError = true)]
    public static extern nint ReadAt(int descriptor, byte* data, nint length, nint offset);

    [DllImport(Library, EntryPoint = "pwrite", SetLastError = true)]
    public static extern nint WriteAt(int descriptor, byte* data, nint length, nint offset);

    [DllImport(Library, EntryPoint = "lseek", SetLastError = true)]
    public static extern nint Seek(int descriptor, nint offset, int whence);

    public const int SeekSet = 0;

    [DllImport(Library, EntryPoint = "poll", SetLastError = true)]
    public static extern int Poll(PollDescriptor* descriptors, nuint count, int milliseconds);

    [DllImport(Library, EntryPoint = "unlink", SetLastError = true)]
    public static extern int Unlink(byte* path);

    [DllImport(Library, EntryPoint = "rename", SetLastError = true)]
    public static extern int Rename(byte* from, byte* to);

    [DllImport(Library, EntryPoint = "link", SetLastError = true)]
    public static extern int Link(byte* from, byte* to);

    [DllImport(Library, EntryPoint = "fsync", SetLastError = true)]
    public static extern int Sync(int descriptor);

    /// <summary>syncfs(2), Linux only.</summary>
    [DllImport(Library, EntryPoint = "syncfs", SetLastError = true)]
    public static extern int SyncFileSystem(int descriptor);

    public const uint SyncRangeWaitBefore = 1;
    public const uint SyncRangeWrite = 2;
    public const uint SyncRangeWaitAfter = 4;

    /// <summary>sync_file_range(2), Linux only.</summary>
    [DllImport(Library, EntryPoint = "sync_file_range", SetLastError = true)]
    public static extern int SyncFileRange(int descriptor, long offset, long length, uint flags);

    [DllImport(Library, EntryPoint = "access", SetLastError = true)]
    public static extern int Access(byte* path, int mode);

    // mode_t is 16 bits wide on macOS and 32 on Linux; as an argument both travel in a whole register.
    [DllImport(Library, EntryPoint = "mkdir", SetLastError = true)]
    public static extern int MakeDirectory(byte* path, uint mode);

    [DllImport(Library, EntryPoint = "chmod", SetLastError = true)]
    public static extern int ChangeMode(byte* path, uint mode);

    [DllImport(Library, EntryPoint = "fchmod", SetLastError = true)]
    public static extern int ChangeModeOf(int descriptor, uint mode);

    [DllImport(Library, EntryPoint = "fchown", SetLastError = true)]
    public static extern int ChangeOwnerOf(int descriptor, uint owner, uint group);

    /// <summary>futimens(3); a null pointer sets both times to now.</summary>
    [DllImport(Library, EntryPoint = "futimens", SetLastError = true)]
    public static extern int SetTimes(int descriptor, void* times);

    [DllImport(Library, EntryPoint = "geteuid")]
    public static extern uint EffectiveUserId();

    [DllImport(Library, EntryPoint = "getegid")]
    public static extern uint EffectiveGroupId();

    [DllImport(Library, EntryPoint = "getpid")]
    public static extern int ProcessId();

    [DllImport(Library, EntryPoint = "getppid")]
    public static extern int ParentProcessId();

    [DllImport(Library, EntryPoint = "kill", SetLastError = true)]
    public static extern int Kill(int processId, int signal);

    /// <summary>PR_SET_PDEATHSIG of prctl(2), Linux only.</summary>
    public const int SetParentDeathSignal = 1;

    /// <summary>PR_SET_CHILD_SUBREAPER of prctl(2), Linux only.</summary>
    public const int SetChildSubreaper = 36;

    /// <summary>prctl(2), Linux only, where variadic arguments travel like named ones.</summary>
    [DllImport(Library, EntryPoint = "prctl", SetLastError = true)]
    public static extern int Control(int option, nuint first, nuint second, nuint third, nuint fourth);

    public const int WaitNoHang = 1;

    [DllImport(Library, EntryPoint = "waitpid", SetLastError = true)]
    public static extern int WaitFor(int processId, int* status, int options);

    public const short PollIn = 1;

    /// <summary>pidfd_open(2), Linux only; a wrapper since glibc 2.36.</summary>
    [DllImport(Library, EntryPoint = "pidfd_open", SetLastError = true)]
    public static extern int OpenProcess(int processId, uint flags);

    /// <summary>pidfd_send_signal(2), Linux only; a wrapper since glibc 2.36.</summary>
    [DllImport(Library, EntryPoint = "pidfd_send_signal", SetLastError = true)]
    public static extern int SignalProcess(int process, int signal, void* information, uint flags);

    [DllImport(Library, EntryPoint = "tcgetpgrp", SetLastError = true)]
    public static extern int TerminalForegroundGroup(int descriptor);

    [DllImport(Library, EntryPoint = "getpgrp")]
    public static extern int ProcessGroup();

    [DllImport(Library, EntryPoint = "pthread_self")]
    public static extern nint ThreadSelf();

    [DllImport(Library, EntryPoint = "signal", SetLastError = true)]
    public static extern nint Signal(int signal, nint handler);

    [DllImport(Library, EntryPoint = "siginterrupt", SetLastError = true)]
    public static extern int SignalInterrupts(int signal, int flag);

    [DllImport(Library, EntryPoint = "dlsym")]
    public static extern nint FindSymbol(nint handle, byte* name);

    /// <summary>open(2) without creation.</summary>
    [DllImport(Library, EntryPoint = "open", SetLastError = true)]
    public static extern int Open(byte* path, int flags);

    /// <summary>open(2) with O_CREAT.</summary>
    public static int OpenNew(byte* path, int flags, uint mode) => IsAppleArm
        ? OpenAppleArm(path, flags, 0, 0, 0, 0, 0, 0, mode)
        : OpenWithMode(path, flags, mode);

    [DllImport(Library, EntryPoint = "open", SetLastError = true)]
    private static extern int OpenWithMode(byte* path, int flags, uint mode);

    // open is variadic. Apple's arm64 convention passes variadic arguments on the stack, where a plain call
    // reaches only with its ninth argument; the other systems pass them like named ones.
    // https://developer.apple.com/documentation/xcode/writing-arm64-code-for-apple-platforms
    [DllImport(Library, EntryPoint = "open", SetLastError = true)]
    private static extern int OpenAppleArm(
        byte* path, int flags, nint pad2, nint pad3, nint pad4, nint pad5, nint pad6, nint pad7, uint mode);

    /// <summary>pthread_kill(3): glibc before 2.34 keeps it in libpthread.</summary>
    public static int ThreadKill(nint thread, int signal)
    {
        if (!_threadKillIsInLibpthread)
        {
            try
            {
                return ThreadKillInLibc(thread, signal);
            }
            catch (EntryPointNotFoundException)
            {
                _threadKillIsInLibpthread = true;
            }
        }

        return ThreadKillInLibpthread(thread, signal);
    }

    private static bool _threadKillIsInLibpthread;

    [DllImport(Library, EntryPoint = "pthread_kill")]
    private static extern int ThreadKillInLibc(nint thread, int signal);

    [DllImport("libpthread.so.0", EntryPoint = "pthread_kill")]
    private static extern int ThreadKillInLibpthread(nint thread, int signal);

    public const int StatxBasic = 0x7ff;
    public const int AtCurrentDirectory = -100;
    public const int AtNoFollow = 0x100;
    public const int AtEmptyPath = 0x1000;

    /// <summary>statx(2): one layout on every architecture, unlike stat; glibc 2.28, musl 1.2.5.</summary>
    [DllImport(Library, EntryPoint = "statx", SetLastError = true)]
    public static extern int Statx(int directory, byte* path, int flags, uint mask, StatxBuffer* buffer);

    // The 64-bit inode variants carry a suffix on Intel Macs only.
    public static int MacStat(byte* path, MacStatBuffer* buffer) =>
        IsAppleArm ? MacStatArm(path, buffer) : MacStatIntel(path, buffer);

    public static int MacFstat(int descriptor, MacStatBuffer* buffer) =>
        IsAppleArm ? MacFstatArm(descriptor, buffer) : MacFstatIntel(descriptor, buffer);

    [DllImport(Library, EntryPoint = "lstat", SetLastError = true)]
    private static extern int MacStatArm(byte* path, MacStatBuffer* buffer);

    [DllImport(Library, EntryPoint = "lstat$INODE64", SetLastError = true)]
    private static extern int MacStatIntel(byte* path, MacStatBuffer* buffer);

    [DllImport(Library, EntryPoint = "fstat", SetLastError = true)]
    private static extern int MacFstatArm(int descriptor, MacStatBuffer* buffer);

    [DllImport(Library, EntryPoint = "fstat$INODE64", SetLastError = true)]
    private static extern int MacFstatIntel(int descriptor, MacStatBuffer* buffer);

    /// <summary>struct statx of linux/stat.h, up to the fields used here.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct StatxBuffer
    {
        [FieldOffset(16)] public uint Links;
        [FieldOffset(20)] public uint UserId;
        [FieldOffset(24)] public uint GroupId;
        [FieldOffset(28)] public ushort Mode;
        [FieldOffset(32)] public ulong Inode;
        [FieldOffset(40)] public ulong Size;
        [FieldOffset(48)] public ulong Blocks;
        [FieldOffset(96)] public long ChangedSeconds;
        [FieldOffset(104)] public uint ChangedNanoseconds;
        [FieldOffset(112)] public long ModifiedSeconds;
        [FieldOffset(120)] public uint ModifiedNanoseconds;
        [FieldOffset(136)] public uint DeviceMajor;
        [FieldOffset(140)] public uint DeviceMinor;
    }

    /// <summary>struct stat of macOS with 64-bit inodes (sys/stat.h), up to the fields used here.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 144)]
    public struct MacStatBuffer
    {
        [FieldOffset(0)] public int Device;
        [FieldOffset(4)] public ushort Mode;
        [FieldOffset(6)] public ushort Links;
        [FieldOffset(8)] public ulong Inode;
        [FieldOffset(16)] public uint UserId;
        [FieldOffset(20)] public uint GroupId;
        [FieldOffset(48)] public long ModifiedSeconds;
        [FieldOffset(56)] public long ModifiedNanoseconds;
        [FieldOffset(64)] public long ChangedSeconds;
        [FieldOffset(72)] public long ChangedNanoseconds;
        [FieldOffset(96)] public long Size;
        [FieldOffset(104)] public long Blocks;
    }
}

/// <summary>pollfd.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollDescriptor
{
    public int Descriptor;
    public short Wanted;
    public short Found;
}
