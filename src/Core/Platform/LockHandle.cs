using System;

namespace ProcessDedup.Platform;

/// <summary>Whether others may hold the lock at the same time.</summary>
internal enum KernelLock
{
    Shared,
    Exclusive,
}

/// <summary>How a lock file is opened.</summary>
/// <param name="Create">Make it if it is missing; otherwise a missing file is an error.</param>
/// <param name="Mode">Permission bits of a new file.</param>
/// <param name="AllowForeignOwner">Accept a file that belongs to neither this user, root nor the directory's owner.</param>
internal readonly record struct LockOpening(bool Create, uint Mode, bool AllowForeignOwner);

/// <summary>
/// One open lock file: an open file description (Unix) or a file handle (Windows), which is what the kernel gives
/// a lock to. Not thread-safe: at most one thread at a time calls into a handle.
/// </summary>
internal abstract class LockHandle : IDisposable
{
    /// <summary>The file that is open here, whatever its path leads to by now.</summary>
    public abstract FileIdentity Identity { get; }

    /// <summary>Takes the lock if it is free. Any failure but "held by another" throws.</summary>
    public abstract bool TryLock(KernelLock kind);

    /// <summary>Blocks in the kernel until granted (true) or <paramref name="wait"/> is stopped (false).</summary>
    public abstract bool Lock(KernelLock kind, StoppableWait wait);

    public abstract void Unlock();

    /// <summary>Does the path still lead to this very file? Asked after every grant: the file may have been
    /// removed or replaced while we waited, and then we hold a lock that nobody else will ever see.</summary>
    public abstract bool IsCurrent();

    /// <summary>Removes the file under its own lock and tells waiters that use Nix's protocol.</summary>
    public abstract void UnlinkWhileHeld();

    /// <summary>Gives the file another name, in one step and in place of what has that name. Not on Windows.</summary>
    /// <exception cref="PlatformException">The other file is not this user's to replace.</exception>
    public abstract void RenameOver(NativePath path);

    /// <summary>Sets the time of last use, which is what the age of a lock is counted from.</summary>
    public abstract void Touch();

    /// <summary>A copy that child processes inherit, or null where locks cannot be inherited (Windows).</summary>
    public abstract IDisposable? Inheritable();

    public abstract void Dispose();

    /// <summary>Opens a lock file without following links and checks that it is fit to be one.</summary>
    /// <exception cref="PlatformException">It cannot be opened, or must not be used.</exception>
    public static LockHandle Open(NativePath path, LockOpening opening) => OperatingSystemKind.IsWindows
        ? WindowsLockHandle.Open(path, opening)
        : UnixLockHandle.Open(path, opening);
}
