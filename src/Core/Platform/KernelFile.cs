using System;
using System.IO;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ProcessDedup.Platform;

/// <summary>Reads text that the kernel makes while it is read, as everything below /proc.</summary>
internal static class KernelFile
{
    private const int OnePage = 4096;

    /// <exception cref="IOException">The file does not exist, or its process has ended.</exception>
    /// <exception cref="UnauthorizedAccessException">It is not for this user.</exception>
    public static string ReadText(string path)
    {
        // Not File.ReadAllText: it takes a flock(2) of its own for as long as it reads, which then is part of /proc/locks.
        using SafeFileHandle file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
        byte[] text = new byte[OnePage];
        int length = 0;
        for (; ; )
        {
            int more = RandomAccess.Read(file, text.AsSpan(length), length);
            if (more == 0)
                return Encoding.UTF8.GetString(text, 0, length);
            length += more;
            if (length == text.Length)
                Array.Resize(ref text, length * 2);
        }
    }
}
