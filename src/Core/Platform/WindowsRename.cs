using System;
using System.IO;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ProcessDedup.Platform;

/// <summary>Windows' rename in place of a file that may be read-only, open, or a program that runs.</summary>
/// <remarks>
/// With POSIX semantics (Windows 10 version 1607, NTFS) the old file keeps its content for those who have it open, as on Unix.
/// Where the system or the file system does not know them, MoveFileEx replaces what nobody has open, once it may be written to.
/// Source: FILE_RENAME_INFORMATION in the documentation of the Windows driver kit.
/// </remarks>
internal static unsafe class WindowsRename
{
    private const uint ReplaceIfExists = 1;
    private const uint PosixSemantics = 2;
    private const uint IgnoreReadOnly = 0x40;
    private const uint ReplaceExisting = 1;

    /// <summary>0 if the file has its new name, else the system's error code; nothing has changed then.</summary>
    public static int Try(string from, string to) =>
        TryPosix(from, to) || Kernel32.MoveFile(from, to, ReplaceExisting) ? 0 : TryWritable(from, to, Marshal.GetLastWin32Error());

    private static bool TryPosix(string from, string to)
    {
        using SafeFileHandle file = Kernel32.CreateFile(
            from, Kernel32.FileDelete, Kernel32.ShareAll, 0, Kernel32.OpenExisting,
            Kernel32.FlagBackupSemantics | Kernel32.FlagOpenReparsePoint, 0);
        if (file.IsInvalid)
            return false;
        string target = Path.GetFullPath(to);
        int size = sizeof(Kernel32.FileRenameInformation) + (target.Length * sizeof(char));
        byte[] buffer = new byte[size];
        fixed (byte* start = buffer)
        {
            var information = (Kernel32.FileRenameInformation*)start;
            information->Flags = ReplaceIfExists | PosixSemantics | IgnoreReadOnly;
            information->NameBytes = (uint)(target.Length * sizeof(char));
            target.CopyTo(new Span<char>(&information->Name, target.Length));
            return Kernel32.SetFileInformation(file, Kernel32.FileRenameInfoEx, information, (uint)size);
        }
    }

    private static int TryWritable(string from, string to, int code)
    {
        if (code != Kernel32.ErrorAccessDenied)
            return code;
        var target = new FileInfo(to);
        try
        {
            if (!target.Exists || !target.IsReadOnly)
                return code;
            target.IsReadOnly = false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return code;
        }

        if (Kernel32.MoveFile(from, to, ReplaceExisting))
            return 0;
        code = Marshal.GetLastWin32Error();
        try
        {
            // It stays as it was.
            target.IsReadOnly = true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Nor could it be replaced; the code says why.
        }

        return code;
    }
}
