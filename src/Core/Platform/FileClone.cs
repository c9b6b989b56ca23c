using System.Runtime.InteropServices;
using System.Threading;

namespace ProcessDedup.Platform;

/// <summary>
/// Copies one file into another that is open and empty, in the cheapest way there is: sharing the blocks (reflink),
/// copying inside the kernel, or reading and writing. Unix only; the managed copy does it elsewhere.
/// </summary>
internal static unsafe class FileClone
{
    // _IOW(0x94, 9, int) of linux/fs.h, as on every architecture that .NET runs on but s390x and ppc64le.
    private const nuint CloneFile = 0x40049409;

    // Between two pieces a cancellation is noticed.
    private const int KernelPiece = 64 << 20;
    private const int BufferSize = 1 << 20;

    [DllImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static extern int Control(int descriptor, nuint request, nint argument);

    [DllImport("libc", EntryPoint = "copy_file_range", SetLastError = true)]
    private static extern nint CopyRange(int from, long* fromOffset, int to, long* toOffset, nint length, uint flags);

    [DllImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static extern int SyncFileSystem(int descriptor);

    /// <summary>Makes a new file with the content of another; links are followed at neither end.</summary>
    /// <param name="from">A regular file.</param>
    /// <param name="to">A free name.</param>
    /// <param name="mode">Mode bits of the new file, from which the umask takes some away.</param>
    /// <param name="isSynced">Whether the content is on the disk when this returns.</param>
    /// <param name="cancellation">Between pieces; the new file is there then, in part.</param>
    /// <exception cref="PlatformException">The new file may be there then, in part.</exception>
    public static void CopyToNew(string from, string to, uint mode, bool isSynced, CancellationToken cancellation)
    {
        int source = PosixLockGuard.Open(new NativePath(from), Libc.OpenReadOnly | Libc.OpenNonBlocking | Libc.OpenCloseOnExec | Libc.OpenNoFollow);
        if (source < 0)
            throw PlatformException.FromErrno("open", from, Marshal.GetLastWin32Error());
        try
        {
            if (UnixFileFacts.Of(source, new NativePath(from)).Type != FileType.Regular)
                throw new PlatformException(PlatformFault.NotRegular, "copy", from, Errno.NoDevice);
            int target = OpenOrFail(to, Libc.OpenReadWrite | Libc.OpenCreate | Libc.OpenExclusive, mode);
            try
            {
                if (!TryShareBlocks(source, target))
                    CopyBytes(source, from, target, to, cancellation);
                if (isSynced && Libc.Sync(target) != 0)
                    throw PlatformException.FromErrno("fsync", to, Marshal.GetLastWin32Error());
            }
            finally
            {
                _ = Libc.Close(target);
            }
        }
        finally
        {
            PosixLockGuard.Close(source);
        }
    }

    /// <summary>Writes everything of the file system of this directory to the disk; false if the system cannot.</summary>
    public static bool TrySyncFileSystemOf(string directory)
    {
        if (!OperatingSystemKind.IsLinux)
            return false;
        int descriptor = OpenOrFail(directory, Libc.OpenReadOnly, 0);
        int code = SyncFileSystem(descriptor) == 0 ? 0 : Marshal.GetLastWin32Error();
        _ = Libc.Close(descriptor);
        return code == 0 ? true : throw PlatformException.FromErrno("syncfs", directory, code);
    }

    private static int OpenOrFail(string path, int flags, uint mode)
    {
        flags |= Libc.OpenCloseOnExec | Libc.OpenNoFollow;
        fixed (byte* name = new NativePath(path).Bytes)
        {
            int descriptor = (flags & Libc.OpenCreate) != 0 ? Libc.OpenNew(name, flags, mode) : Libc.Open(name, flags);
            return descriptor >= 0 ? descriptor : throw PlatformException.FromErrno("open", path, Marshal.GetLastWin32Error());
        }
    }

    private static bool TryShareBlocks(int source, int target) =>
        OperatingSystemKind.IsLinux && Control(target, CloneFile, source) == 0;

    private static void CopyBytes(int source, string from, int target, string to, CancellationToken cancellation)
    {
        // Refusals (EXDEV, EINVAL, ENOSYS, EOPNOTSUPP, EPERM) and failures alike: the plain copy goes on from where this
        // ended, and names the cause if there is one. It also finds out whether 0 bytes meant the end (man copy_file_range).
        while (OperatingSystemKind.IsLinux && CopyRange(source, null, target, null, KernelPiece, 0) > 0)
            cancellation.ThrowIfCancellationRequested();
        byte[] buffer = new byte[BufferSize];
        fixed (byte* data = buffer)
        {
            for (; ; )
            {
                cancellation.ThrowIfCancellationRequested();
                nint read = Libc.Read(source, data, buffer.Length);
                if (read == 0)
                    return;
                if (read < 0 && Marshal.GetLastWin32Error() is int code && code != Errno.Interrupted)
                    throw PlatformException.FromErrno("read", from, code);
                for (nint written = 0; written < read;)
                {
                    nint more = Libc.Write(target, data + written, read - written);
                    if (more >= 0)
                        written += more;
                    else if (Marshal.GetLastWin32Error() is int failure && failure != Errno.Interrupted)
                        throw PlatformException.FromErrno("write", to, failure);
                }
            }
        }
    }
}
