using System.IO;
using System.Runtime.InteropServices;
using System.Text;

namespace ProcessDedup.Platform;

/// <summary>realpath(3): one spelling for one directory, so that a lock has one key whatever links led to it.</summary>
internal static unsafe class RealPath
{
    [DllImport("libc", EntryPoint = "realpath", SetLastError = true)]
    private static extern byte* Resolve(byte* path, byte* resolved);

    [DllImport("libc", EntryPoint = "free")]
    private static extern void Free(void* memory);

    /// <summary>
    /// The path without links; what does not exist yet is appended to what does. Unchanged on Windows.
    /// </summary>
    public static string Of(string path)
    {
        if (OperatingSystemKind.IsWindows)
            return path;
        if (TryResolve(path) is { } resolved)
            return resolved;
        string? parent = Path.GetDirectoryName(path);
        return string.IsNullOrEmpty(parent) ? path : Path.Combine(Of(parent!), Path.GetFileName(path));
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
