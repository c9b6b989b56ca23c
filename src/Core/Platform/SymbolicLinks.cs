using System.Runtime.InteropServices;
using System.Text;

namespace ProcessDedup.Platform;

/// <summary>readlink(2); the magic links below /proc are read as text, which no managed API does everywhere.</summary>
internal static unsafe class SymbolicLinks
{
    private const int LongestTarget = 4096; // PATH_MAX

    [DllImport("libc", EntryPoint = "readlink", SetLastError = true)]
    private static extern nint ReadLink(byte* path, byte* buffer, nint size);

    public static string? TryRead(string path)
    {
        byte[] buffer = new byte[LongestTarget];
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'), target = buffer)
        {
            nint length = ReadLink(name, target, buffer.Length);
            return length < 0 ? null : Encoding.UTF8.GetString(buffer, 0, (int)length);
        }
    }
}
