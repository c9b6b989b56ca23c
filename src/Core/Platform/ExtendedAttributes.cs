using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;

namespace ProcessDedup.Platform;

/// <summary>A named value that the system keeps with a file, beside its content (xattr(7)).</summary>
/// <param name="Name">With its namespace: "user.origin", "security.capability".</param>
/// <param name="Value">As the system gives it.</param>
internal sealed record ExtendedAttribute(string Name, byte[] Value);

/// <summary>llistxattr(2), lgetxattr(2) and lsetxattr(2), Linux only; elsewhere there are none.</summary>
internal static unsafe class ExtendedAttributes
{
    // What the kernel allows for all names, and for one value (linux/limits.h).
    private const int Largest = 64 * 1024;

    [DllImport("libc", EntryPoint = "llistxattr", SetLastError = true)]
    private static extern nint List(byte* path, byte* names, nint size);

    [DllImport("libc", EntryPoint = "lgetxattr", SetLastError = true)]
    private static extern nint Get(byte* path, byte* name, byte* value, nint size);

    [DllImport("libc", EntryPoint = "lsetxattr", SetLastError = true)]
    private static extern int SetValue(byte* path, byte* name, byte* value, nint size, int flags);

    /// <summary>Can a copy have this attribute? Not the labels of SELinux and IMA, which are the machine's, nor what only root sees.</summary>
    public static bool IsKept(string name) => name.StartsWith("user.", StringComparison.Ordinal)
        || name is "security.capability" or "system.posix_acl_access" or "system.posix_acl_default";

    /// <summary>An access list: chmod(2) changes it, so that it comes after the mode.</summary>
    public static bool IsAccessList(string name) => name.StartsWith("system.posix_acl_", StringComparison.Ordinal);

    /// <summary>The names of a file's or directory's attributes; empty where there are none or they cannot be read.</summary>
    public static IReadOnlyList<string> NamesOf(string path)
    {
        if (!OperatingSystemKind.IsLinux)
            return [];
        fixed (byte* file = new NativePath(path).Bytes)
        {
            // Nearly always there is none, and no buffer is needed.
            nint length = List(file, null, 0);
            if (length <= 0)
                return [];
            byte[] buffer = new byte[Largest];
            fixed (byte* names = buffer)
                length = List(file, names, buffer.Length);
            return length <= 0 ? [] : Encoding.UTF8.GetString(buffer, 0, (int)length).Split('\0', StringSplitOptions.RemoveEmptyEntries);
        }
    }

    /// <summary>The value; null if it is gone or may not be read.</summary>
    public static byte[]? TryGet(string path, string name)
    {
        byte[] buffer = new byte[Largest];
        fixed (byte* file = new NativePath(path).Bytes, key = Encoding.UTF8.GetBytes(name + '\0'), value = buffer)
        {
            nint length = Get(file, key, value, buffer.Length);
            return length < 0 ? null : buffer[..(int)length];
        }
    }

    /// <summary>Sets it, in place of what it was.</summary>
    /// <exception cref="PlatformException">The file system has none, or the rights are missing (CAP_SETFCAP for capabilities).</exception>
    public static void Set(string path, ExtendedAttribute attribute)
    {
        fixed (byte* file = new NativePath(path).Bytes, key = Encoding.UTF8.GetBytes(attribute.Name + '\0'), value = attribute.Value)
        {
            if (SetValue(file, key, value, attribute.Value.Length, 0) != 0)
                throw PlatformException.FromErrno("setxattr", path, Marshal.GetLastWin32Error());
        }
    }
}
