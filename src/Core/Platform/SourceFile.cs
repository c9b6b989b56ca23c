using System;
using System.IO;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using ProcessDedup.Messages;

namespace ProcessDedup.Platform;

/// <summary>
/// A file of somebody else's, open for reading. Links are followed; what is no regular file is refused, and opening a FIFO
/// does not hang.
/// </summary>
internal sealed unsafe class SourceFile : IDisposable
{
    private readonly NativePath _path;

    private SourceFile(NativePath path, FileStream stream)
    {
        _path = path;
        Stream = stream;
    }

    public FileStream Stream { get; }

    /// <summary>What the system says of it now.</summary>
    public FileFacts Facts() => OperatingSystemKind.IsWindows
        ? WindowsFileFacts.Of(Stream.SafeFileHandle, _path.Text)
        : UnixFileFacts.Of((int)Stream.SafeFileHandle.DangerousGetHandle(), _path);

    /// <exception cref="PlatformException">It cannot be opened, or is no regular file.</exception>
    public static SourceFile Open(string path)
    {
        var native = new NativePath(path);
        return OperatingSystemKind.IsWindows ? OpenOnWindows(native) : OpenOnUnix(native);
    }

    private static SourceFile OpenOnUnix(NativePath path)
    {
        int descriptor;
        fixed (byte* name = path.Bytes)
            descriptor = Libc.Open(name, Libc.OpenReadOnly | Libc.OpenNonBlocking | Libc.OpenCloseOnExec);
        if (descriptor < 0)
            throw PlatformException.FromErrno("open", path.Text, Marshal.GetLastWin32Error());
        var handle = new SafeFileHandle((nint)descriptor, ownsHandle: true);
        try
        {
            // Before .NET looks at it: it would refuse some kinds with errors of its own.
            Require(UnixFileFacts.Of(descriptor, path).Type, path);
            return new SourceFile(path, new FileStream(handle, FileAccess.Read, 1));
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static SourceFile OpenOnWindows(NativePath path)
    {
        try
        {
            return new SourceFile(path, new FileStream(path.Text, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1));
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            throw ManagedFailures.Translate("open", path.Text, e);
        }
    }

    private static void Require(FileType type, NativePath path)
    {
        if (type == FileType.Directory)
            throw new PlatformException(PlatformFault.IsDirectory, "open", path.Text, Errno.IsDirectory);
        if (type != FileType.Regular)
            throw new PlatformException(PlatformFault.NotRegular, "open", path.Text, 0, Message.Of(Key.ReasonDeviceFifoOrSocket));
    }

    public void Dispose() => Stream.Dispose();
}
