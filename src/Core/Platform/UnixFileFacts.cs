using System.Runtime.InteropServices;
using System.Text;

namespace ProcessDedup.Platform;

/// <summary>stat(2) in its two dialects, never following a link.</summary>
internal static unsafe class UnixFileFacts
{
    private static readonly byte[] NoPath = [0];

    // st_blocks counts these, whatever the file system's own blocks are (stat(2)).
    private const int BlockSize = 512;

    /// <summary>Facts of a path; false if there is nothing.</summary>
    public static bool TryGet(NativePath path, out FileFacts facts)
    {
        int code = Get(path.Bytes, Libc.AtCurrentDirectory, Libc.AtNoFollow, out facts);
        if (code == 0)
            return true;
        // A name that no file can have names none.
        return code is Errno.NoEntry or Errno.NotDirectory || code == Errno.NameTooLong
            ? false
            : throw PlatformException.FromErrno("stat", path.Text, code);
    }

    /// <summary>Facts of an open file.</summary>
    public static FileFacts Of(int descriptor, NativePath path)
    {
        int code;
        FileFacts facts;
        if (OperatingSystemKind.IsMacOS)
        {
            Libc.MacStatBuffer buffer;
            code = Libc.MacFstat(descriptor, &buffer) == 0 ? 0 : Marshal.GetLastWin32Error();
            facts = From(buffer);
        }
        else
        {
            code = Get(NoPath, descriptor, Libc.AtEmptyPath, out facts);
        }

        return code == 0 ? facts : throw PlatformException.FromErrno("fstat", path.Text, code);
    }

    private static int Get(byte[] path, int directory, int flags, out FileFacts facts)
    {
        facts = default;
        fixed (byte* name = path)
        {
            if (OperatingSystemKind.IsMacOS)
            {
                Libc.MacStatBuffer buffer;
                if (Libc.MacStat(name, &buffer) != 0)
                    return Marshal.GetLastWin32Error();
                facts = From(buffer);
                return 0;
            }

            Libc.StatxBuffer statx;
            if (Libc.Statx(directory, name, flags, Libc.StatxBasic, &statx) != 0)
                return Marshal.GetLastWin32Error();
            facts = new FileFacts(
                new FileIdentity(((ulong)statx.DeviceMajor << 32) | statx.DeviceMinor, statx.Inode),
                TypeOf(statx.Mode),
                statx.Links,
                statx.UserId,
                statx.Mode & 0xfff,
                (long)statx.Size,
                statx.ModifiedSeconds)
            {
                GroupId = statx.GroupId,
                AllocatedBytes = (long)statx.Blocks * BlockSize,
                ModifiedNanoseconds = Nanoseconds(statx.ModifiedSeconds, statx.ModifiedNanoseconds),
                ChangedNanoseconds = Nanoseconds(statx.ChangedSeconds, statx.ChangedNanoseconds),
            };
            return 0;
        }
    }

    private static FileFacts From(in Libc.MacStatBuffer buffer) => new(
        new FileIdentity((uint)buffer.Device, buffer.Inode),
        TypeOf(buffer.Mode),
        buffer.Links,
        buffer.UserId,
        buffer.Mode & 0xfff,
        buffer.Size,
        buffer.ModifiedSeconds)
    {
        GroupId = buffer.GroupId,
        AllocatedBytes = buffer.Blocks * BlockSize,
        ModifiedNanoseconds = Nanoseconds(buffer.ModifiedSeconds, buffer.ModifiedNanoseconds),
        ChangedNanoseconds = Nanoseconds(buffer.ChangedSeconds, buffer.ChangedNanoseconds),
    };

    private static long Nanoseconds(long seconds, long rest) => unchecked(seconds * 1_000_000_000 + rest);

    private static FileType TypeOf(int mode) => (mode & 0xf000) switch
    {
        0x8000 => FileType.Regular,
        0x4000 => FileType.Directory,
        0xa000 => FileType.SymbolicLink,
        _ => FileType.Other,
    };

    /// <summary>access(2) with F_OK: the cheapest way to ask whether a file is there.</summary>
    public static bool Exists(NativePath path)
    {
        fixed (byte* name = path.Bytes)
            return Libc.Access(name, 0) == 0;
    }

    /// <summary>Removes a file; a missing one, or one that is not ours to remove, is left as it is.</summary>
    public static bool TryUnlink(string path)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
            return Libc.Unlink(name) == 0;
    }
}
