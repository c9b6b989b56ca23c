using System;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using ProcessDedup.Messages;

namespace ProcessDedup.Platform;

/// <summary>Facts of files on Windows, never following a reparse point.</summary>
internal static unsafe class WindowsFileFacts
{
    private const long UnixEpochAsFileTime = 116444736000000000;
    internal const int LongestPath = 32767;
    private const int LongestName = 255;

    public static bool TryGet(string path, out FileFacts facts)
    {
        facts = default;
        using SafeFileHandle handle = Kernel32.CreateFile(
            path, 0, Kernel32.ShareAll, 0, Kernel32.OpenExisting,
            Kernel32.FlagOpenReparsePoint | Kernel32.FlagBackupSemantics, 0);
        if (handle.IsInvalid)
        {
            int code = Marshal.GetLastWin32Error();
            // Delete-pending files answer "access denied": they are on their way out.
            return code is Kernel32.ErrorFileNotFound or Kernel32.ErrorPathNotFound or Kernel32.ErrorAccessDenied
                ? false
                : throw Failure("CreateFile", path, code);
        }

        facts = Of(handle, path);
        return true;
    }

    public static FileFacts Of(SafeFileHandle handle, string path)
    {
        if (Kernel32.GetFileType(handle) != Kernel32.TypeDisk)
            throw new PlatformException(PlatformFault.NotRegular, "GetFileType", path, 0, Message.Of(Key.ReasonDeviceFifoOrSocket));
        if (!Kernel32.GetFileInformation(handle, out Kernel32.FileInformation information))
            throw Failure("GetFileInformationByHandle", path, Marshal.GetLastWin32Error());
        FileType type = (information.Attributes & Kernel32.AttributeReparsePoint) != 0 ? FileType.SymbolicLink
            : (information.Attributes & Kernel32.AttributeDirectory) != 0 ? FileType.Directory
            : FileType.Regular;
        // FAT has none; then it is 0, and so is what this gives.
        Kernel32.FileBasicInformation basic;
        long changed = Kernel32.GetFileInformationEx(handle, Kernel32.FileBasicInfo, &basic, (uint)sizeof(Kernel32.FileBasicInformation))
            && basic.Changed > UnixEpochAsFileTime ? (basic.Changed - UnixEpochAsFileTime) * 100 : 0;
        return new FileFacts(
            new FileIdentity(information.VolumeSerial, ((ulong)information.IndexHigh << 32) | information.IndexLow),
            type,
            information.Links,
            0,
            0,
            ((long)information.SizeHigh << 32) | information.SizeLow,
            (information.Written - UnixEpochAsFileTime) / TimeSpan.TicksPerSecond)
        {
            ModifiedNanoseconds = unchecked((information.Written - UnixEpochAsFileTime) * 100),
            ChangedNanoseconds = changed,
        };
    }

    // The system says of such a name that its directory is missing, or that the name is wrong.
    private static bool IsTooLong(string path) =>
        path.Length > LongestPath || Array.Exists(path.Split('\\', '/'), name => name.Length > LongestName);

    public static PlatformException Failure(string call, string path, int code)
    {
        PlatformFault fault = code switch
        {
            Kernel32.ErrorFileNotFound or Kernel32.ErrorPathNotFound or Kernel32.ErrorInvalidName when IsTooLong(path) => PlatformFault.NameTooLong,
            Kernel32.ErrorFileNotFound => PlatformFault.Missing,
            Kernel32.ErrorPathNotFound => PlatformFault.ParentMissing,
            // CreateFile on a directory says "access denied" too.
            Kernel32.ErrorAccessDenied => System.IO.Directory.Exists(path)
                ? PlatformFault.IsDirectory
                : PlatformFault.AccessDenied,
            Kernel32.ErrorDiskFull => PlatformFault.NoSpace,
            Kernel32.ErrorWriteProtect => PlatformFault.ReadOnly,
            Kernel32.ErrorTooManyOpenFiles => PlatformFault.TooManyFiles,
            Kernel32.ErrorFileNameTooLong => PlatformFault.NameTooLong,
            Kernel32.ErrorNotSupported => PlatformFault.LocksUnsupported,
            _ => PlatformFault.Other,
        };
        return new PlatformException(fault, call, path, code);
    }
}
