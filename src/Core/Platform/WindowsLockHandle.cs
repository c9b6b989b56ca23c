using System;
using System.Runtime.InteropServices;
using System.Threading;
using Microsoft.Win32.SafeHandles;
using ProcessDedup.Messages;

namespace ProcessDedup.Platform;

/// <summary>
/// A lock file locked by <c>LockFileEx</c>. Such locks are mandatory, so the one locked byte lies far beyond the
/// end of the file, where it hides nothing from readers.
/// </summary>
internal sealed unsafe class WindowsLockHandle : LockHandle
{
    // Byte 2^63 - 2: beyond every possible content; UnlockFileEx must name the very same range.
    private const uint OffsetLow = 0xfffffffe;
    private const uint OffsetHigh = 0x7fffffff;

    private readonly NativePath _path;
    private readonly SafeFileHandle _handle;

    private WindowsLockHandle(NativePath path, SafeFileHandle handle, FileIdentity identity)
    {
        _path = path;
        _handle = handle;
        Identity = identity;
    }

    public override FileIdentity Identity { get; }

    public static new WindowsLockHandle Open(NativePath path, LockOpening opening)
    {
        // Share everything: the lock excludes, not the sharing mode; and a lock file must stay deletable. The right to read is
        // all that LockFileEx wants: with that to delete, a file that others have open without sharing this right could not be
        // locked, and with that to write none that is read-only.
        // Never FILE_FLAG_DELETE_ON_CLOSE: delete-pending surfaces elsewhere as "access denied"
        // (DistributedLock #106).
        SafeFileHandle handle = Kernel32.CreateFile(
            path.Text,
            Kernel32.GenericRead,
            Kernel32.ShareAll,
            0,
            opening.Create ? Kernel32.OpenAlways : Kernel32.OpenExisting,
            Kernel32.FlagOverlapped | Kernel32.FlagOpenReparsePoint,
            0);
        if (handle.IsInvalid)
            throw WindowsFileFacts.Failure("CreateFile", path.Text, Marshal.GetLastWin32Error());
        try
        {
            FileFacts facts = WindowsFileFacts.Of(handle, path.Text);
            if (facts.Type == FileType.SymbolicLink)
                throw new PlatformException(PlatformFault.IsLink, "open", path.Text, 0, Message.Of(Key.ReasonReparsePoint));
            if (facts.Links > 1)
                throw new PlatformException(
                    PlatformFault.HardLinked, "open", path.Text, 0, Message.Of(Key.ReasonHasHardLinks, facts.Links));
            return new WindowsLockHandle(path, handle, facts.Identity);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    // A look at the lock (TriedLock) has it for microseconds, and must not make it busy for those who do not wait.
    public override bool TryLock(KernelLock kind) => TryOnce(kind) || SpinWait.SpinUntil(() => TryOnce(kind), LookTime);

    private static readonly TimeSpan LookTime = TimeSpan.FromMilliseconds(1);

    private bool TryOnce(KernelLock kind)
    {
        using var done = new ManualResetEvent(false);
        Kernel32.Overlapped overlapped = Overlapped(done);
        if (Kernel32.LockFile(_handle, Flags(kind) | Kernel32.LockFailImmediately, 0, 1, 0, &overlapped))
            return true;
        int code = Marshal.GetLastWin32Error();
        if (code == Kernel32.ErrorIoPending)
        {
            if (Kernel32.GetOverlappedResult(_handle, &overlapped, out _, wait: true))
                return true;
            code = Marshal.GetLastWin32Error();
        }

        return code == Kernel32.ErrorLockViolation
            ? false
            : throw WindowsFileFacts.Failure("LockFileEx", _path.Text, code);
    }

    public override bool Lock(KernelLock kind, StoppableWait wait)
    {
        if (!OverlappedLockProbe.Completes)
            return LockByPolling(kind, wait);
        if (wait.IsStopped)
            return false;

        using var done = new ManualResetEvent(false);
        // The kernel writes into it until the request is over; it must not move nor leave the stack before.
        Kernel32.Overlapped overlapped = Overlapped(done);
        if (Kernel32.LockFile(_handle, Flags(kind), 0, 1, 0, &overlapped))
            return true;
        int code = Marshal.GetLastWin32Error();
        if (code != Kernel32.ErrorIoPending)
            throw WindowsFileFacts.Failure("LockFileEx", _path.Text, code);

        int ended = 1;
        try
        {
            ended = WaitHandle.WaitAny([done, wait.Stopped]);
        }
        finally
        {
            // Whatever ended the wait, the kernel must be done with the structure on this stack.
            if (ended == 1)
                Kernel32.CancelIo(_handle, &overlapped);
        }

        // After CancelIoEx success means that the grant won the race.
        if (Kernel32.GetOverlappedResult(_handle, &overlapped, out _, wait: true))
        {
            if (!wait.IsStopped)
                return true;
            Unlock();
            return false;
        }

        code = Marshal.GetLastWin32Error();
        return code == Kernel32.ErrorOperationAborted
            ? false
            : throw WindowsFileFacts.Failure("LockFileEx", _path.Text, code);
    }

    private bool LockByPolling(KernelLock kind, StoppableWait wait)
    {
        // 1 to 16 ms: where overlapped waits never end (Wine) a poll is all there is.
        for (int delay = 1; ; delay = Math.Min(delay * 2, 16))
        {
            if (wait.IsStopped)
                return false;
            if (TryOnce(kind))
                return true;
            wait.Stopped.WaitOne(delay);
        }
    }

    public override void Unlock()
    {
        Kernel32.Overlapped overlapped = Overlapped(null);
        Kernel32.UnlockFile(_handle, 0, 1, 0, &overlapped);
    }

    public override bool IsCurrent() =>
        WindowsFileFacts.TryGet(_path.Text, out FileFacts facts) && facts.Identity.Equals(Identity);

    public override void UnlinkWhileHeld()
    {
        // FileDispositionInfo: gone when the last handle is closed; until then others see "delete pending".
        byte delete = 1;
        const int dispositionInfo = 4;
        using SafeFileHandle file = Kernel32.CreateFile(
            _path.Text, Kernel32.FileDelete, Kernel32.ShareAll, 0, Kernel32.OpenExisting, Kernel32.FlagOpenReparsePoint, 0);
        if (file.IsInvalid
            || (WindowsFileFacts.Of(file, _path.Text).Identity.Equals(Identity) && !Kernel32.SetFileInformation(file, dispositionInfo, &delete, 1)))
        {
            throw WindowsFileFacts.Failure("delete", _path.Text, Marshal.GetLastWin32Error());
        }
    }

    public override void RenameOver(NativePath path) => throw new NotSupportedException();

    public override void Touch()
    {
        try
        {
            System.IO.File.SetLastWriteTimeUtc(_path.Text, DateTime.UtcNow);
        }
        catch (Exception e) when (e is System.IO.IOException or UnauthorizedAccessException)
        {
            // Only the age for Clear-StaleLock depends on it.
        }
    }

    public override IDisposable? Inheritable() => null;

    public override void Dispose() => _handle.Dispose();

    private static uint Flags(KernelLock kind) => kind == KernelLock.Exclusive ? Kernel32.LockExclusive : 0;

    private static Kernel32.Overlapped Overlapped(ManualResetEvent? done) => new()
    {
        OffsetLow = OffsetLow,
        OffsetHigh = OffsetHigh,
        Event = done is null ? default(nint) : done.SafeWaitHandle.DangerousGetHandle(),
    };
}
