using System;
using System.Diagnostics;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using Microsoft.Win32.SafeHandles;

namespace ProcessDedup.Platform;

/// <summary>
/// The acts that make something visible in one step and keep it through a power failure: sync, rename, link. Every
/// one of them either has happened or has not.
/// </summary>
internal static unsafe class Publishing
{
    // A virus scanner or an open reader lets go sooner or later (uv #1491, go#36568).
    private static readonly TimeSpan RenamePatience = TimeSpan.FromSeconds(10);
    private const int FirstRenamePauseMs = 10;

    /// <summary>Writes what is in the system's cache of this file, or this directory's names, to the disk.</summary>
    /// <exception cref="PlatformException">Then nothing is known about what the disk holds.</exception>
    public static void Sync(string path)
    {
        if (OperatingSystemKind.IsWindows)
        {
            // Names are journalled by NTFS; only files can be flushed.
            if (!Directory.Exists(path))
                SyncOnWindows(path);
            return;
        }

        int descriptor = PosixLockGuard.Open(new NativePath(path), Libc.OpenReadOnly | Libc.OpenCloseOnExec);
        if (descriptor < 0)
            throw PlatformException.FromErrno("open", path, Marshal.GetLastWin32Error());
        int code = Libc.Sync(descriptor) == 0 ? 0 : Marshal.GetLastWin32Error();
        PosixLockGuard.Close(descriptor, mayBeNewDatabase: false);
        // EINVAL: a file system that has nothing to sync (fsync(2)).
        const int invalid = 22;
        if (code != 0 && code != invalid)
            throw PlatformException.FromErrno("fsync", path, code);
    }

    /// <summary>
    /// Has the system begin to write a part of a file to the disk, where it can be told to. Only the time of a later
    /// <see cref="Sync"/> depends on it, so that it has no failure.
    /// </summary>
    public static void BeginSync(SafeFileHandle file, long offset, long length)
    {
        if (OperatingSystemKind.IsLinux)
            _ = Libc.SyncFileRange((int)file.DangerousGetHandle(), offset, length, Libc.SyncRangeWrite);
    }

    private static void SyncOnWindows(string path)
    {
        try
        {
            // FlushFileBuffers wants the right to write.
            bool isReadOnly = (File.GetAttributes(path) & FileAttributes.ReadOnly) != 0;
            if (isReadOnly)
                File.SetAttributes(path, File.GetAttributes(path) & ~FileAttributes.ReadOnly);
            using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
                file.Flush(flushToDisk: true);
            if (isReadOnly)
                File.SetAttributes(path, File.GetAttributes(path) | FileAttributes.ReadOnly);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PlatformException(PlatformFault.Other, "flush", path, e.HResult, e.Message);
        }
    }

    /// <summary>
    /// Gives a file or a directory its new name, in place of a file that may be there. The names are on the disk when
    /// this returns.
    /// </summary>
    /// <exception cref="PlatformException">Nothing has changed then.</exception>
    public static void Rename(string from, string to)
    {
        RenameOnly(from, to);
        Sync(Path.GetDirectoryName(to)!);
    }

    /// <summary>The same without waiting for the disk: for what may be lost, but not be half there.</summary>
    public static void RenameOnly(string from, string to)
    {
        if (OperatingSystemKind.IsWindows)
        {
            RenameOnWindows(from, to);
            return;
        }

        fixed (byte* source = new NativePath(from).Bytes, target = new NativePath(to).Bytes)
        {
            if (Libc.Rename(source, target) != 0)
                throw PlatformException.FromErrno("rename", to, Marshal.GetLastWin32Error());
        }
    }

    private static void RenameOnWindows(string from, string to)
    {
        var clock = Stopwatch.StartNew();
        for (int pause = FirstRenamePauseMs; ; pause *= 2)
        {
            int code = WindowsRename.Try(from, to);
            if (code == 0)
                return;
            bool mayPass = code is Kernel32.ErrorSharingViolation or Kernel32.ErrorLockViolation
                || (code == Kernel32.ErrorAccessDenied && !Directory.Exists(to));
            if (!mayPass || clock.Elapsed > RenamePatience)
                throw WindowsFileFacts.Failure("MoveFileEx", to, code);
            Thread.Sleep(pause);
        }
    }

    /// <summary>
    /// Gives a file a second name unless that name is taken: of several processes that try, one wins. False: taken.
    /// </summary>
    /// <exception cref="PlatformException">The file system has no hard links, or it is another one.</exception>
    public static bool TryLink(string from, string to)
    {
        if (OperatingSystemKind.IsWindows)
        {
            const int alreadyExists = 183;
            if (Kernel32.CreateHardLink(to, from, 0))
                return true;
            int windowsCode = Marshal.GetLastWin32Error();
            return windowsCode == alreadyExists ? false : throw WindowsFileFacts.Failure("CreateHardLink", to, windowsCode);
        }

        fixed (byte* source = new NativePath(from).Bytes, target = new NativePath(to).Bytes)
        {
            if (Libc.Link(source, target) == 0)
                return true;
            int code = Marshal.GetLastWin32Error();
            return code == Errno.Exists ? false : throw PlatformException.FromErrno("link", to, code);
        }
    }

    /// <summary>Makes a file or directory have exactly these mode bits; on Windows only "nobody may write" counts.</summary>
    public static void SetMode(string path, uint mode)
    {
        const uint writable = 0x92; // 0222
        if (OperatingSystemKind.IsWindows)
        {
            if ((mode & writable) == 0 && File.Exists(path))
                File.SetAttributes(path, File.GetAttributes(path) | FileAttributes.ReadOnly);
            return;
        }

        fixed (byte* name = new NativePath(path).Bytes)
        {
            if (Libc.ChangeMode(name, mode) != 0)
                throw PlatformException.FromErrno("chmod", path, Marshal.GetLastWin32Error());
        }
    }
}
