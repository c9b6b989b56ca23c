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

    [DllImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static extern int Control(int descriptor, nuint request, nint argument);

    /// <summary>Makes a new file with the content of another; links are followed at neither end.</summary>
    /// <param name="from">A regular file.</param>
    /// <param name="to">A free name.</param>
    /// <param name="mode">Mode bits of the new file, from which the umask takes some away.</param>
    /// <param name="isSynced">Whether the content is on the disk when this returns.</param>
    /// <param name="cancellation">Between pieces; the new file is there then, in part.</param>
    /// <returns>
    /// What the system says of the original, before and after the copy alike. Null: it was changed meanwhile, or the copy has
    /// not got its length, or may be run although it should not, or the other way round.
    /// </returns>
    /// <exception cref="PlatformException">The new file may be there then, in part.</exception>
    public static FileFacts? CopyToNew(string from, string to, uint mode, bool isSynced, CancellationToken cancellation)
    {
        var name = new NativePath(from);
        int source = PosixLockGuard.Open(name, Libc.OpenReadOnly | Libc.OpenNonBlocking | Libc.OpenCloseOnExec | Libc.OpenNoFollow);
        if (source < 0)
            throw PlatformException.FromErrno("open", from, Marshal.GetLastWin32Error());
        try
        {
            FileFacts before = UnixFileFacts.Of(source, name);
            if (before.Type != FileType.Regular)
                throw new PlatformException(PlatformFault.NotRegular, "copy", from, Errno.NoDevice);
            int target = OpenNew(to, mode);
            FileFacts copy;
            try
            {
                if (!TryShareBlocks(source, target))
                    new DataCopy(source, from, target, to, before, isSynced, cancellation).Run();
                if (isSynced && Libc.Sync(target) != 0)
                    throw PlatformException.FromErrno("fsync", to, Marshal.GetLastWin32Error());
                copy = UnixFileFacts.Of(target, new NativePath(to));
            }
            finally
            {
                _ = Libc.Close(target);
            }

            const int runnable = 0x40; // 0100
            bool isAsWanted = copy.Size == before.Size && (copy.Permissions & runnable) == (mode & runnable);
            return isAsWanted && UnixFileFacts.Of(source, name).IsUnchangedSince(before) ? before : null;
        }
        finally
        {
            PosixLockGuard.Close(source);
        }
    }

    private static int OpenNew(string path, uint mode)
    {
        fixed (byte* name = new NativePath(path).Bytes)
        {
            int descriptor = Libc.OpenNew(
                name, Libc.OpenReadWrite | Libc.OpenCreate | Libc.OpenExclusive | Libc.OpenCloseOnExec | Libc.OpenNoFollow, mode);
            return descriptor >= 0 ? descriptor : throw PlatformException.FromErrno("open", path, Marshal.GetLastWin32Error());
        }
    }

    private static bool TryShareBlocks(int source, int target) =>
        OperatingSystemKind.IsLinux && Control(target, CloneFile, source) == 0;
}
