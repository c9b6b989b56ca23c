using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;

namespace ProcessDedup.Platform;

/// <summary>
/// readlink(2) and symlink(2); the magic links below /proc are read as text, which no managed API does everywhere.
/// </summary>
internal static unsafe class SymbolicLinks
{
    private const int LongestTarget = 4096; // PATH_MAX

    [DllImport("libc", EntryPoint = "readlink", SetLastError = true)]
    private static extern nint ReadLink(byte* path, byte* buffer, nint size);

    [DllImport("libc", EntryPoint = "symlink", SetLastError = true)]
    private static extern int MakeLink(byte* target, byte* path);

    /// <summary>The target as it is written in the link; null if there is no link.</summary>
    public static string? TryRead(string path)
    {
        if (OperatingSystemKind.IsWindows)
            return TryReadOnWindows(path);
        byte[] buffer = new byte[LongestTarget];
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'), target = buffer)
        {
            nint length = ReadLink(name, target, buffer.Length);
            return length < 0 ? null : Encoding.UTF8.GetString(buffer, 0, (int)length);
        }
    }

    /// <summary>Makes a link; the name must be free.</summary>
    /// <exception cref="PlatformException">Also where links need rights that the user does not have (Windows).</exception>
    public static void Create(string path, string target)
    {
        if (OperatingSystemKind.IsWindows)
        {
            CreateOnWindows(path, target);
            return;
        }

        fixed (byte* name = new NativePath(path).Bytes, to = new NativePath(target).Bytes)
        {
            if (MakeLink(to, name) != 0)
                throw PlatformException.FromErrno("symlink", path, Marshal.GetLastWin32Error());
        }
    }

    private static string? TryReadOnWindows(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            return null;
        }
    }

    private static void CreateOnWindows(string path, string target)
    {
        try
        {
            // Windows wants to know what kind of thing a link leads to.
            if (Directory.Exists(Path.Combine(Path.GetDirectoryName(path)!, target)))
                Directory.CreateSymbolicLink(path, target);
            else
                File.CreateSymbolicLink(path, target);
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            throw ManagedFailures.Translate("CreateSymbolicLink", path, e);
        }
    }
}
