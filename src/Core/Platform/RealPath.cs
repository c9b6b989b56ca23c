using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ProcessDedup.Platform;

/// <summary>realpath(3): one spelling for one directory, so that a lock has one key whatever links led to it.</summary>
internal static unsafe class RealPath
{
    [DllImport("libc", EntryPoint = "realpath", SetLastError = true)]
    private static extern byte* Resolve(byte* path, byte* resolved);

    [DllImport("libc", EntryPoint = "free")]
    private static extern void Free(void* memory);

    /// <summary>
    /// The path without links; what does not exist yet is appended to what does. On Windows also without short names, drives of
    /// subst and junctions, and with the case that its directories have.
    /// </summary>
    public static string Of(string path)
    {
        if ((OperatingSystemKind.IsWindows ? TryResolveOnWindows(path) : TryResolve(path)) is { } resolved)
            return resolved;
        string? parent = Path.GetDirectoryName(path);
        return string.IsNullOrEmpty(parent) ? path : Path.Combine(Of(parent!), Path.GetFileName(path));
    }

    private static string? TryResolveOnWindows(string path)
    {
        const string prefix = @"\\?\", shares = @"\\?\UNC\";
        using SafeFileHandle handle = Kernel32.CreateFile(
            path, 0, Kernel32.ShareAll, 0, Kernel32.OpenExisting, Kernel32.FlagBackupSemantics, 0);
        if (handle.IsInvalid)
            return null;
        var buffer = new char[32768];
        string final;
        fixed (char* text = buffer)
        {
            uint length = Kernel32.GetFinalPath(handle, text, (uint)buffer.Length, 0);
            if (length == 0 || length > buffer.Length)
                return null;
            final = new string(text, 0, (int)length);
        }

        return final.StartsWith(shares, StringComparison.Ordinal) ? string.Concat(@"\\", final.AsSpan(shares.Length))
            : final.StartsWith(prefix, StringComparison.Ordinal) ? final.Substring(prefix.Length)
            : final;
    }

    private static string? TryResolve(string path)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            byte* resolved = Resolve(name, null);
            if (resolved is null)
                return null;
            try
            {
                int length = 0;
                while (resolved[length] != 0)
                    length++;
                return Encoding.UTF8.GetString(resolved, length);
            }
            finally
            {
                Free(resolved);
            }
        }
    }
}
