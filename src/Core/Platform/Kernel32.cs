using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ProcessDedup.Platform;

/// <summary>Windows calls for locks, file identity and child processes.</summary>
internal static unsafe class Kernel32
{
    private const string Library = "kernel32.dll";

    public const uint GenericRead = 0x80000000;
    public const uint GenericWrite = 0x40000000;
    public const uint FileDelete = 0x00010000;
    public const uint ShareAll = 7;
    public const uint OpenExisting = 3;
    public const uint OpenAlways = 4;
    public const uint FlagOverlapped = 0x40000000;
    public const uint FlagOpenReparsePoint = 0x00200000;
    public const uint FlagBackupSemantics = 0x02000000;
    public const uint AttributeDirectory = 0x10;
    public const uint AttributeReparsePoint = 0x400;

    public const uint LockFailImmediately = 1;
    public const uint LockExclusive = 2;

    /// <summary>FILE_INFO_BY_HANDLE_CLASS.</summary>
    public const int FileBasicInfo = 0;

    /// <summary>FILE_INFO_BY_HANDLE_CLASS: since Windows 10 version 1607.</summary>
    public const int FileRenameInfoEx = 22;

    public const int ErrorFileNotFound = 2;
    public const int ErrorPathNotFound = 3;
    public const int ErrorTooManyOpenFiles = 4;
    public const int ErrorAccessDenied = 5;
    public const int ErrorNotSupported = 50;
    public const int ErrorSharingViolation = 32;
    public const int ErrorLockViolation = 33;
    public const int ErrorWriteProtect = 19;
    public const int ErrorDiskFull = 112;
    public const int ErrorInvalidName = 123;
    public const int ErrorFileNameTooLong = 206;
    public const int ErrorNotLocked = 158;
    public const int ErrorOperationAborted = 995;
    public const int ErrorIoPending = 997;

    [DllImport(Library, EntryPoint = "CreateFileW", CharSet = CharSet.Unicode, SetLastError = true)]
    public static extern SafeFileHandle CreateFile(
        string name, uint access, uint share, nint security, uint disposition, uint flags, nint template);

    /// <summary>Files have this type; devices, pipes and what is unknown have others.</summary>
    public const uint TypeDisk = 1;

    [DllImport(Library, EntryPoint = "GetFileType")]
    public static extern uint GetFileType(SafeFileHandle file);

    /// <summary>The path without links, with the drive's letter and each name as the directory has it.</summary>
    /// <returns>The length without the zero at the end; more than <paramref name="size"/> if it does not fit; 0 on failure.</returns>
    [DllImport(Library, EntryPoint = "GetFinalPathNameByHandleW", CharSet = CharSet.Unicode, SetLastError = true)]
    public static extern uint GetFinalPath(SafeFileHandle file, char* path, uint size, uint flags);

    [DllImport(Library, EntryPoint = "LockFileEx", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static extern bool LockFile(
        SafeFileHandle file, uint flags, uint reserved, uint low, uint high, Overlapped* overlapped);

    [DllImport(Library, EntryPoint = "UnlockFileEx", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static extern bool UnlockFile(
        SafeFileHandle file, uint reserved, uint low, uint high, Overlapped* overlapped);

    [DllImport(Library, EntryPoint = "CancelIoEx", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static extern bool CancelIo(SafeFileHandle file, Overlapped* overlapped);

    [DllImport(Library, EntryPoint = "GetOverlappedResult", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static extern bool GetOverlappedResult(
        SafeFileHandle file, Overlapped* overlapped, out uint transferred, [MarshalAs(UnmanagedType.Bool)] bool wait);

    [DllImport(Library, EntryPoint = "GetFileInformationByHandle", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static extern bool GetFileInformation(SafeFileHandle file, out FileInformation information);

    [DllImport(Library, EntryPoint = "GetFileInformationByHandleEx", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static extern bool GetFileInformationEx(SafeFileHandle file, int kind, void* information, uint length);

    [DllImport(Library, EntryPoint = "SetFileInformationByHandle", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static extern bool SetFileInformation(SafeFileHandle file, int kind, void* information, uint length);

    [DllImport(Library, EntryPoint = "MoveFileExW", CharSet = CharSet.Unicode, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static extern bool MoveFile(string from, string to, uint flags);

    [DllImport(Library, EntryPoint = "CreateHardLinkW", CharSet = CharSet.Unicode, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static extern bool CreateHardLink(string to, string from, nint security);

    [DllImport(Library, EntryPoint = "GetDriveTypeW", CharSet = CharSet.Unicode)]
    public static extern uint GetDriveType(string root);

    [DllImport(Library, EntryPoint = "GetVolumePathNameW", CharSet = CharSet.Unicode, SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static extern bool GetVolumePathName(string name, [Out] char[] volume, uint length);

    [DllImport(Library, EntryPoint = "CreateJobObjectW", CharSet = CharSet.Unicode, SetLastError = true)]
    public static extern SafeFileHandle CreateJob(nint security, string? name);

    [DllImport(Library, EntryPoint = "SetInformationJobObject", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static extern bool SetJobInformation(SafeFileHandle job, int kind, void* information, uint length);

    [DllImport(Library, EntryPoint = "AssignProcessToJobObject", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static extern bool AssignToJob(SafeFileHandle job, nint process);

    [DllImport(Library, EntryPoint = "TerminateJobObject", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static extern bool EndJob(SafeFileHandle job, uint exitCode);

    [DllImport(Library, EntryPoint = "QueryInformationJobObject", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static extern bool QueryJob(SafeFileHandle job, int kind, void* information, uint length, uint* written);

    [DllImport("ntdll.dll", EntryPoint = "NtQueryInformationProcess")]
    public static extern int QueryProcess(
        nint process, int kind, ProcessBasicInformation* information, uint length, uint* written);

    /// <summary>OVERLAPPED.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Overlapped
    {
        public nint Internal;
        public nint InternalHigh;
        public uint OffsetLow;
        public uint OffsetHigh;
        public nint Event;
    }

    /// <summary>BY_HANDLE_FILE_INFORMATION.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 4)]
    public struct FileInformation
    {
        public uint Attributes;
        public long Created;
        public long Accessed;
        public long Written;
        public uint VolumeSerial;
        public uint SizeHigh;
        public uint SizeLow;
        public uint Links;
        public uint IndexHigh;
        public uint IndexLow;
    }

    /// <summary>FILE_BASIC_INFO.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct FileBasicInformation
    {
        public long Created;
        public long Accessed;
        public long Written;
        public long Changed;
        public uint Attributes;
    }

    /// <summary>FILE_RENAME_INFO; the name follows its fields.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct FileRenameInformation
    {
        public uint Flags;
        public nint RootDirectory;
        public uint NameBytes;
        public char Name;
    }

    /// <summary>PROCESS_BASIC_INFORMATION.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct ProcessBasicInformation
    {
        public nint ExitStatus;
        public nint PebAddress;
        public nint AffinityMask;
        public nint BasePriority;
        public nint ProcessId;
        public nint ParentProcessId;
    }

    /// <summary>JOBOBJECT_BASIC_ACCOUNTING_INFORMATION.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct JobAccounting
    {
        public long UserTime;
        public long KernelTime;
        public long UserTimeOfPeriod;
        public long KernelTimeOfPeriod;
        public uint PageFaults;
        public uint Processes;
        public uint ActiveProcesses;
        public uint TerminatedProcesses;
    }

    /// <summary>JOBOBJECT_EXTENDED_LIMIT_INFORMATION.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct JobLimits
    {
        public long ProcessTimeLimit;
        public long JobTimeLimit;
        public uint Flags;
        public nint MinimumWorkingSet;
        public nint MaximumWorkingSet;
        public uint ActiveProcesses;
        public nint Affinity;
        public uint PriorityClass;
        public uint SchedulingClass;
        public ulong ReadOperations;
        public ulong WriteOperations;
        public ulong OtherOperations;
        public ulong ReadBytes;
        public ulong WriteBytes;
        public ulong OtherBytes;
        public nint ProcessMemory;
        public nint JobMemory;
        public nint PeakProcessMemory;
        public nint PeakJobMemory;
    }
}
