using System;
using System.IO;
using System.Runtime.InteropServices;

namespace ProcessDedup.Platform;

/// <summary>A lock file locked by <c>flock(2)</c>.</summary>
/// <remarks>
/// .NET's own file handles cannot serve: every open of theirs takes an flock itself, and
/// <c>DOTNET_SYSTEM_IO_DISABLEFILELOCKING</c> turns it off. flock(2) belongs to the open file description, so a
/// close elsewhere in the process does not drop it, as it would with fcntl(2) record locks.
/// </remarks>
internal sealed unsafe class UnixLockHandle : LockHandle
{
    private const int MostTries = 100;

    private NativePath _path;
    private readonly LockOpening _opening;
    private FileIdentity _identity;
    private int _descriptor;

    private UnixLockHandle(NativePath path, int descriptor, FileIdentity identity, LockOpening opening)
    {
        _path = path;
        _descriptor = descriptor;
        _identity = identity;
        _opening = opening;
    }

    public override FileIdentity Identity => _identity;

    public static new UnixLockHandle Open(NativePath path, LockOpening opening)
    {
        int descriptor = OpenDescriptor(path, opening);
        try
        {
            FileFacts facts = UnixFileFacts.Of(descriptor, path);
            LockFileFitness.Check(path.Text, facts, opening);
            return new UnixLockHandle(path, descriptor, facts.Identity, opening);
        }
        catch
        {
            PosixLockGuard.Close(descriptor, mayBeNewDatabase: false);
            throw;
        }
    }

    private static int OpenDescriptor(NativePath path, LockOpening opening)
    {
        // O_NONBLOCK: opening a FIFO must not hang before we can see that it is one.
        int flags = Libc.OpenNoFollow | Libc.OpenCloseOnExec | Libc.OpenNonBlocking;
        fixed (byte* name = path.Bytes)
        {
            for (int tries = 1; ; tries++)
            {
                // Without O_CREAT first: in a sticky directory fs.protected_regular refuses O_CREAT on another
                // user's file (proc_sys_fs(5), py-filelock #317). For writing first: NFSv4 demands it for a
                // write lock; read-only is enough elsewhere.
                int descriptor = Libc.Open(name, flags | Libc.OpenReadWrite);
                int code = descriptor < 0 ? Marshal.GetLastWin32Error() : 0;
                if (descriptor < 0 && code is Errno.AccessDenied or Errno.ReadOnly or Errno.NotPermitted)
                {
                    descriptor = Libc.Open(name, flags | Libc.OpenReadOnly);
                    code = descriptor < 0 ? Marshal.GetLastWin32Error() : 0;
                }

                if (descriptor >= 0)
                    return descriptor;
                if (code == Errno.Interrupted)
                    continue;
                if (code != Errno.NoEntry || !opening.Create)
                    throw PlatformException.FromErrno("open", path.Text, code);

                descriptor = Libc.OpenNew(
                    name, flags | Libc.OpenReadWrite | Libc.OpenCreate | Libc.OpenExclusive, opening.Mode);
                if (descriptor >= 0)
                {
                    // In a shared root the others must get in, whatever this user's umask.
                    if (opening.AllowForeignOwner)
                        _ = Libc.ChangeModeOf(descriptor, opening.Mode);
                    else
                        HomeOwnership.Give(descriptor, path.Text);
                    return descriptor;
                }

                code = Marshal.GetLastWin32Error();
                if (code == Errno.NoEntry && !Directory.Exists(Path.GetDirectoryName(path.Text)))
                    throw new PlatformException(PlatformFault.ParentMissing, "open", path.Text, code);
                // Made or removed by another in between: again. Not for ever: below /proc creation says ENOENT too.
                if (tries >= MostTries || code is not (Errno.Exists or Errno.Interrupted or Errno.NoEntry))
                    throw PlatformException.FromErrno("create", path.Text, code);
            }
        }
    }

    public override bool TryLock(KernelLock kind)
    {
        int operation = Operation(kind) | Libc.LockNonBlocking;
        while (Libc.Flock(_descriptor, operation) != 0)
        {
            int code = Marshal.GetLastWin32Error();
            if (code == Errno.WouldBlock)
                return false;
            // Every other failure is a real one; reading it as "held by another" would wait for ever.
            if (code != Errno.Interrupted)
                throw PlatformException.FromErrno("flock", _path.Text, code);
        }

        return true;
    }

    public override bool Lock(KernelLock kind, StoppableWait wait)
    {
        if (!InterruptSignal.IsInstalled)
            return LockOnThreadThatCanBeAbandoned(kind, wait);

        while (wait.Enter())
        {
            int result, code;
            try
            {
                result = Libc.Flock(_descriptor, Operation(kind));
                code = result == 0 ? 0 : Marshal.GetLastWin32Error();
            }
            finally
            {
                wait.Leave();
            }

            if (result == 0)
                return true;
            // EINTR is either our own signal, then Enter says no, or a stranger's, then we queue again.
            if (code != Errno.Interrupted)
                throw PlatformException.FromErrno("flock", _path.Text, code);
        }

        return false;
    }

    private bool LockOnThreadThatCanBeAbandoned(KernelLock kind, StoppableWait wait)
    {
        UnixLockHandle own;
        try
        {
            own = Open(_path, _opening with { Create = false });
        }
        catch (PlatformException e) when (e.Fault == PlatformFault.Missing)
        {
            // Removed: whatever is locked now is not current, and the caller finds that out after every grant.
            return true;
        }

        if (!AbandonableCall.Run(() => Flock(own, kind), own.Dispose, wait))
            return false;
        // The lock lives in the other description: take it over.
        (_descriptor, own._descriptor) = (own._descriptor, _descriptor);
        _identity = own._identity;
        own.Dispose();
        return true;
    }

    private static void Flock(UnixLockHandle handle, KernelLock kind)
    {
        while (Libc.Flock(handle._descriptor, Operation(kind)) != 0)
        {
            int code = Marshal.GetLastWin32Error();
            if (code != Errno.Interrupted)
                throw PlatformException.FromErrno("flock", handle._path.Text, code);
        }
    }

    public override void Unlock() => _ = Libc.Flock(_descriptor, Libc.LockUnlock);

    public override bool IsCurrent() =>
        UnixFileFacts.TryGet(_path, out FileFacts facts) && facts.Identity.Equals(_identity);

    public override void UnlinkWhileHeld()
    {
        fixed (byte* name = _path.Bytes)
        {
            if (Libc.Unlink(name) != 0 && Marshal.GetLastWin32Error() is int code && code != Errno.NoEntry)
                throw PlatformException.FromErrno("unlink", _path.Text, code);
        }

        // Nix re-opens a lock file that it finds non-empty once granted (pathlocks.cc, deleteLockFile).
        byte mark = (byte)'d';
        _ = Libc.Write(_descriptor, &mark, 1);
    }

    public override void RenameOver(NativePath path)
    {
        fixed (byte* from = _path.Bytes, to = path.Bytes)
        {
            if (Libc.Rename(from, to) != 0)
                throw PlatformException.FromErrno("rename", path.Text, Marshal.GetLastWin32Error());
        }

        _path = path;
    }

    // Fails only for another user's file, whose age is then its own affair.
    public override void Touch() => _ = Libc.SetTimes(_descriptor, null);

    public override IDisposable? Inheritable()
    {
        int copy = Libc.Duplicate(_descriptor);
        return copy < 0
            ? throw PlatformException.FromErrno("dup", _path.Text, Marshal.GetLastWin32Error())
            : new Descriptor(copy);
    }

    public override void Dispose()
    {
        int descriptor = _descriptor;
        _descriptor = -1;
        // A lock file may be anybody's file, a database for one. What is kept open for its sake must not keep the lock.
        if (descriptor >= 0 && !PosixLockGuard.Close(descriptor, mayBeNewDatabase: false))
            _ = Libc.Flock(descriptor, Libc.LockUnlock);
    }

    private static int Operation(KernelLock kind) =>
        kind == KernelLock.Exclusive ? Libc.LockExclusive : Libc.LockShared;

    private sealed class Descriptor(int number) : IDisposable
    {
        private int _number = number;

        public void Dispose()
        {
            if (_number >= 0)
                PosixLockGuard.Close(_number, mayBeNewDatabase: false);
            _number = -1;
        }
    }
}
