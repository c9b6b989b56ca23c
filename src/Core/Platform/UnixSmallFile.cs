using System.Runtime.InteropServices;

namespace ProcessDedup.Platform;

/// <summary>Reads small files that others may have put there: no link is followed, and a FIFO does not hang the reader.</summary>
internal static unsafe class UnixSmallFile
{
    public static byte[]? TryRead(NativePath path, int limit)
    {
        int descriptor = PosixLockGuard.Open(path, Libc.OpenReadOnly | Libc.OpenNoFollow | Libc.OpenNonBlocking | Libc.OpenCloseOnExec);
        if (descriptor < 0)
            return null;
        try
        {
            FileFacts facts = UnixFileFacts.Of(descriptor, path);
            return facts.Type == FileType.Regular && facts.Size <= limit ? Read(descriptor, (int)facts.Size) : null;
        }
        catch (PlatformException)
        {
            return null;
        }
        finally
        {
            PosixLockGuard.Close(descriptor, mayBeNewDatabase: false);
        }
    }

    private static byte[]? Read(int descriptor, int size)
    {
        byte[] content = new byte[size];
        int read = 0;
        while (read < size)
        {
            fixed (byte* rest = &content[read])
            {
                nint more = Libc.Read(descriptor, rest, size - read);
                if (more > 0)
                    read += (int)more;
                else if (more == 0 || Marshal.GetLastWin32Error() != Errno.Interrupted)
                    return null;
            }
        }

        return content;
    }
}
