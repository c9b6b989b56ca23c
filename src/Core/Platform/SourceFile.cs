using System;
using System.IO;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using ProcessDedup.Messages;

namespace ProcessDedup.Platform;

/// <summary>
/// A file of somebody else's, open for reading. Links are followed; what is no regular file is refused, and opening a FIFO
/// does not hang. All of this process reads such files through this class: it leaves the locks of an open database alone
/// (<see cref="PosixLockGuard"/>).
/// </summary>
internal sealed class SourceFile : IDisposable
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

    /// <summary>As <see cref="Open"/>, with the exceptions of <see cref="File.OpenRead"/>.</summary>
    /// <exception cref="IOException">It cannot be opened, or is no regular file.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not be opened, or is a directory.</exception>
    public static FileStream OpenStream(string path, int bufferSize = 1)
    {
        try
        {
            return Open(path, bufferSize).Stream;
        }
        catch (PlatformException e)
        {
            throw ManagedFailures.FromPlatform(e);
        }
    }

    /// <param name="path">The file.</param>
    /// <param name="bufferSize">Bytes that the stream reads ahead; 1: none.</param>
    /// <exception cref="PlatformException">It cannot be opened, or is no regular file.</exception>
    public static SourceFile Open(string path, int bufferSize = 1)
    {
        var native = new NativePath(path);
        return OperatingSystemKind.IsWindows ? OpenOnWindows(native, bufferSize) : OpenOnUnix(native, bufferSize);
    }

    private static SourceFile OpenOnUnix(NativePath path, int bufferSize)
    {
        int number = PosixLockGuard.Open(path, Libc.OpenReadOnly | Libc.OpenNonBlocking | Libc.OpenCloseOnExec);
        if (number < 0)
            throw PlatformException.FromErrno("open", path.Text, Marshal.GetLastWin32Error());
        var descriptor = new GuardedDescriptor(number);
        try
        {
            // Before .NET looks at it: it would refuse some kinds with errors of its own.
            Require(UnixFileFacts.Of(number, path).Type, path);
            return new SourceFile(path, new GuardedStream(descriptor, bufferSize));
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }

    private static SourceFile OpenOnWindows(NativePath path, int bufferSize)
    {
        try
        {
            return new SourceFile(path, new FileStream(path.Text, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize));
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

    /// <summary>A descriptor that the guard closes, also when nobody has disposed of the file.</summary>
    private sealed class GuardedDescriptor : SafeHandleMinusOneIsInvalid
    {
        public GuardedDescriptor(int number)
            : base(ownsHandle: true) => SetHandle(number);

        protected override bool ReleaseHandle()
        {
            PosixLockGuard.Close((int)handle);
            return true;
        }
    }

    /// <summary>A stream that leaves its descriptor to the guard.</summary>
    private sealed class GuardedStream(GuardedDescriptor descriptor, int bufferSize)
        : FileStream(new SafeFileHandle(descriptor.DangerousGetHandle(), ownsHandle: false), FileAccess.Read, bufferSize)
    {
        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            if (disposing)
                descriptor.Dispose();
        }
    }
}
