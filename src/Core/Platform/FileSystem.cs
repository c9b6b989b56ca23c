using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;

namespace ProcessDedup.Platform;

/// <summary>The few acts on files and directories that locks need, the same on every system.</summary>
internal static unsafe class FileSystem
{
    public const uint PrivateFile = 0x180;      // 0600
    public const uint ReadableFile = 0x1a4;     // 0644
    public const uint PrivateDirectory = 0x1c0; // 0700
    private const uint UsualDirectory = 0x1ed;  // 0755, and what the umask takes away

    public static bool TryGetFacts(string path, out FileFacts facts) => OperatingSystemKind.IsWindows
        ? WindowsFileFacts.TryGet(path, out facts)
        : UnixFileFacts.TryGet(new NativePath(path), out facts);

    /// <summary>Is there an entry of this name? Links are not followed on Windows and do not matter elsewhere.</summary>
    public static bool Exists(NativePath path) => OperatingSystemKind.IsWindows
        ? File.Exists(path.Text)
        : UnixFileFacts.Exists(path);

    /// <summary>Makes the directories above a path that are missing: others may pass them, as the umask says, but never write.</summary>
    public static void CreateParents(string path)
    {
        string? parent = Path.GetDirectoryName(path);
        if (OperatingSystemKind.IsWindows || string.IsNullOrEmpty(parent) || Directory.Exists(parent))
            return;
        CreateParents(parent!);
        fixed (byte* name = Encoding.UTF8.GetBytes(parent + '\0'))
        {
            if (Libc.MakeDirectory(name, UsualDirectory) == 0)
                HomeOwnership.GiveDirectory(parent!);
            else if (Marshal.GetLastWin32Error() is int code && code != Errno.Exists)
                throw PlatformException.FromErrno("mkdir", parent!, code);
        }
    }

    /// <summary>Makes a directory of mode 0700 with its missing parents; an existing one is left as it is.</summary>
    public static void CreatePrivateDirectory(string path)
    {
        string? parent = Path.GetDirectoryName(path);
        if (!string.IsNullOrEmpty(parent) && !Directory.Exists(parent))
            CreatePrivateDirectory(parent!);
        CreateDirectory(path, PrivateDirectory);
    }

    /// <summary>Makes one directory with exactly this mode, whatever the umask; an existing one is left as it is.</summary>
    public static void CreateDirectory(string path, uint mode)
    {
        if (Directory.Exists(path))
            return;
        if (OperatingSystemKind.IsWindows)
        {
            CreateDirectoryOnWindows(path);
            return;
        }

        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            if (Libc.MakeDirectory(name, mode) == 0)
            {
                // The umask takes bits away, and mkdir(2) may ignore the sticky bit.
                if (mode != PrivateDirectory && Libc.ChangeMode(name, mode) != 0)
                    throw PlatformException.FromErrno("chmod", path, Marshal.GetLastWin32Error());
                HomeOwnership.GiveDirectory(path);
                return;
            }

            int code = Marshal.GetLastWin32Error();
            if (code != Errno.Exists)
                throw PlatformException.FromErrno("mkdir", path, code);
        }

        if (!Directory.Exists(path))
            throw new PlatformException(PlatformFault.ParentMissing, "mkdir", path, Errno.NotDirectory);
    }

    private static void CreateDirectoryOnWindows(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PlatformException(
                IsBelowFile(path) ? PlatformFault.ParentMissing
                : e is UnauthorizedAccessException ? PlatformFault.AccessDenied
                : PlatformFault.Other,
                "CreateDirectory", path, e.HResult, e.Message);
        }
    }

    // ENOTDIR, for which Windows has several names.
    private static bool IsBelowFile(string path)
    {
        for (string? above = path; above is not null; above = Path.GetDirectoryName(above))
        {
            if (File.Exists(above))
                return true;
        }

        return false;
    }

    /// <summary>
    /// Makes <paramref name="content"/> appear under <paramref name="path"/> whole or not at all: written beside
    /// it under a name of its own, then renamed. A link at the path is replaced, never followed.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="content">All of it.</param>
    /// <param name="mode">Its mode bits.</param>
    /// <param name="isDurable">It outlives a power failure once this returns.</param>
    /// <exception cref="PlatformException">Nothing has changed then.</exception>
    public static void WriteAtomically(string path, ReadOnlySpan<byte> content, uint mode, bool isDurable = false)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            if (OperatingSystemKind.IsWindows)
                WriteAndMoveOnWindows(temporary, path, content, isDurable);
            else
                WriteAndRename(temporary, path, content, mode, isDurable);
        }
        catch
        {
            TryDelete(temporary);
            throw;
        }
    }

    private static void WriteAndRename(string temporary, string path, ReadOnlySpan<byte> content, uint mode, bool isDurable)
    {
        fixed (byte* from = Encoding.UTF8.GetBytes(temporary + '\0'), to = Encoding.UTF8.GetBytes(path + '\0'))
        {
            int descriptor = Libc.OpenNew(
                from,
                Libc.OpenReadWrite | Libc.OpenCreate | Libc.OpenExclusive | Libc.OpenCloseOnExec | Libc.OpenNoFollow,
                mode);
            if (descriptor < 0)
                throw PlatformException.FromErrno("create", temporary, Marshal.GetLastWin32Error());
            try
            {
                // Exactly this mode: what others may read must not depend on the umask.
                if (Libc.ChangeModeOf(descriptor, mode) != 0)
                    throw PlatformException.FromErrno("chmod", temporary, Marshal.GetLastWin32Error());
                HomeOwnership.Give(descriptor, temporary);
                WriteAll(descriptor, content, temporary);
                if (isDurable && Libc.Sync(descriptor) != 0)
                    throw PlatformException.FromErrno("fsync", temporary, Marshal.GetLastWin32Error());
            }
            finally
            {
                _ = Libc.Close(descriptor);
            }

            if (Libc.Rename(from, to) != 0)
                throw PlatformException.FromErrno("rename", path, Marshal.GetLastWin32Error());
            if (isDurable)
                Publishing.Sync(Path.GetDirectoryName(path)!);
        }
    }

    private static void WriteAll(int descriptor, ReadOnlySpan<byte> content, string path)
    {
        while (!content.IsEmpty)
        {
            fixed (byte* data = content)
            {
                nint written = Libc.Write(descriptor, data, content.Length);
                if (written >= 0)
                {
                    content = content.Slice((int)written);
                    continue;
                }
            }

            if (Marshal.GetLastWin32Error() is int code && code != Errno.Interrupted)
                throw PlatformException.FromErrno("write", path, code);
        }
    }

    private static void WriteAndMoveOnWindows(string temporary, string path, ReadOnlySpan<byte> content, bool isDurable)
    {
        try
        {
            File.WriteAllBytes(temporary, content.ToArray());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PlatformException(PlatformFault.Other, "write", temporary, e.HResult, e.Message);
        }

        if (isDurable)
            Publishing.Sync(temporary);
        Publishing.RenameOnly(temporary, path);
    }

    /// <summary>Removes a file if that is possible; says whether.</summary>
    public static bool TryDelete(string path)
    {
        if (!OperatingSystemKind.IsWindows)
            return UnixFileFacts.TryUnlink(path);
        try
        {
            File.Delete(path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Reads a small regular file without following a link; null if there is none, or it cannot be read.</summary>
    public static byte[]? TryReadSmall(string path, int limit)
    {
        if (!OperatingSystemKind.IsWindows)
            return UnixSmallFile.TryRead(new NativePath(path), limit);
        try
        {
            if (!TryGetFacts(path, out FileFacts facts) || facts.Type != FileType.Regular || facts.Size > limit)
                return null;
            using var stream = new FileStream(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
            byte[] content = new byte[Math.Min(stream.Length, limit)];
            int read = 0;
            while (read < content.Length && stream.Read(content, read, content.Length - read) is int more and > 0)
                read += more;
            return read == content.Length ? content : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlatformException)
        {
            return null;
        }
    }
}
