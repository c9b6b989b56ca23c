using System;
using System.Buffers;
using System.Runtime.InteropServices;
using System.Threading;

namespace ProcessDedup.Platform;

/// <summary>Copies the bytes of one open file into another that is empty. The holes of a sparse file stay holes.</summary>
/// <param name="source">Descriptor of the original.</param>
/// <param name="from">Its name, for errors.</param>
/// <param name="target">Descriptor of the copy.</param>
/// <param name="to">Its name, for errors.</param>
/// <param name="facts">Of the original.</param>
/// <param name="beginsSync">Whether the disk begins with the first pieces while the next are copied.</param>
/// <param name="cancellation">Between pieces.</param>
internal readonly unsafe struct DataCopy(
    int source, string from, int target, string to, FileFacts facts, bool beginsSync, CancellationToken cancellation)
{
    // Between two pieces a cancellation is noticed.
    private const int KernelPiece = 64 << 20;
    private const int BufferSize = 1 << 20;

    // lseek(2): the numbers of the two kernels.
    private static readonly int SeekData = OperatingSystemKind.IsMacOS ? 4 : 3;
    private static readonly int SeekHole = OperatingSystemKind.IsMacOS ? 3 : 4;

    [DllImport("libc", EntryPoint = "copy_file_range", SetLastError = true)]
    private static extern nint CopyRange(int from, long* fromOffset, int to, long* toOffset, nint length, uint flags);

    [DllImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    private static extern int SetLength(int descriptor, long length);

    /// <exception cref="PlatformException">The copy is there in part.</exception>
    public void Run()
    {
        if (facts.AllocatedBytes < facts.Size && TryCopySparse())
            return;
        Copy(0, long.MaxValue);
    }

    private bool TryCopySparse()
    {
        long at = 0;
        while (at < facts.Size)
        {
            long data = Libc.Seek(source, (nint)at, SeekData);
            const int noSuchData = 6; // ENXIO: nothing but a hole up to the end
            if (data < 0 && Marshal.GetLastWin32Error() == noSuchData)
                break;
            long hole = data < 0 ? -1 : Libc.Seek(source, (nint)data, SeekHole);
            if (hole < 0)
            {
                if (at == 0)
                    return false;
                throw PlatformException.FromErrno("lseek", from, Marshal.GetLastWin32Error());
            }

            Copy(data, Math.Min(hole, facts.Size));
            at = hole;
        }

        return SetLength(target, facts.Size) == 0
            ? true
            : throw PlatformException.FromErrno("ftruncate", to, Marshal.GetLastWin32Error());
    }

    private void Copy(long at, long end)
    {
        long begin = at;
        while (OperatingSystemKind.IsLinux && at < end)
        {
            long fromOffset = at, toOffset = at;
            nint copied = CopyRange(source, &fromOffset, target, &toOffset, (nint)Math.Min(KernelPiece, end - at), 0);
            if (copied <= 0)
                break;
            cancellation.ThrowIfCancellationRequested();
            if (beginsSync)
                _ = Libc.SyncFileRange(target, at, copied, Libc.SyncRangeWrite);
            at += copied;
        }

        // Refusals (EXDEV, EINVAL, ENOSYS, EOPNOTSUPP, EPERM) and failures alike: the plain copy goes on from where this
        // ended, and names the cause if there is one. It also finds out whether 0 bytes meant the end (man copy_file_range),
        // unless all of what the file has came that way.
        bool isWhole = at > begin && at >= Math.Min(end, facts.Size);
        if (!isWhole)
            ReadAndWrite(at, end);
    }

    private void ReadAndWrite(long at, long end)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            fixed (byte* data = buffer)
            {
                while (at < end)
                {
                    cancellation.ThrowIfCancellationRequested();
                    nint read = Libc.ReadAt(source, data, (nint)Math.Min(buffer.Length, end - at), (nint)at);
                    if (read == 0)
                        return;
                    if (read > 0)
                    {
                        Write(data, read, at);
                        at += read;
                    }
                    else if (Marshal.GetLastWin32Error() is int code && code != Errno.Interrupted)
                    {
                        throw PlatformException.FromErrno("read", from, code);
                    }
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Write(byte* data, nint length, long at)
    {
        for (nint written = 0; written < length;)
        {
            nint more = Libc.WriteAt(target, data + written, length - written, (nint)at + written);
            if (more >= 0)
                written += more;
            else if (Marshal.GetLastWin32Error() is int failure && failure != Errno.Interrupted)
                throw PlatformException.FromErrno("write", to, failure);
        }
    }
}
