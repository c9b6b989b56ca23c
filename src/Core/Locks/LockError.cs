namespace ProcessDedup.Locks;

/// <summary>What went wrong with a lock. The names are stable: scripts compare them as ErrorId.</summary>
public enum LockError
{
    /// <summary>The name is empty, too long or holds a separator or a control character.</summary>
    LockNameInvalid,

    /// <summary>The path is empty, has no directory or holds a NUL.</summary>
    LockPathInvalid,

    /// <summary>The path is a directory.</summary>
    LockPathIsDirectory,

    /// <summary>The path is a symbolic link; links are never followed.</summary>
    LockPathIsLink,

    /// <summary>The path is a device, FIFO or socket, or has several hard links.</summary>
    LockPathUnfit,

    /// <summary>The file in a shared sticky directory belongs to another user.</summary>
    LockFileForeignOwner,

    /// <summary>The directory of the lock does not exist.</summary>
    LockDirectoryMissing,

    /// <summary>The lock directory belongs to somebody else, or others may replace files in it.</summary>
    LockDirectoryUnsafe,

    /// <summary>The rights to open or create the lock file are missing.</summary>
    LockAccessDenied,

    /// <summary>No space is left to create the lock file.</summary>
    LockDiskFull,

    /// <summary>The file system is read-only.</summary>
    LockReadOnly,

    /// <summary>The process or the system has no file descriptors left.</summary>
    LockTooManyFiles,

    /// <summary>The file system is not one on which locks can be relied on.</summary>
    LockFileSystemUnsupported,

    /// <summary>The number of slots is out of range.</summary>
    LockSlotsInvalid,

    /// <summary>The lock exists with another number of slots.</summary>
    LockSlotsMismatch,

    /// <summary>The lock was not granted in time.</summary>
    LockTimeout,

    /// <summary>The lock is held and the caller did not want to wait.</summary>
    LockBusy,

    /// <summary>The caller, or a process that waits for it, already holds the lock: waiting would never end.</summary>
    LockReentered,

    /// <summary>Holders wait for each other in a circle.</summary>
    LockCycle,

    /// <summary>The lock file was deleted or replaced while the lock was held.</summary>
    LockLost,

    /// <summary>The name is registered by another team.</summary>
    LockNameTaken,

    /// <summary>The root is strict, and nobody has registered the name.</summary>
    LockNameUnregistered,

    /// <summary>The name that is to be given up is not registered.</summary>
    LockNameUnknown,

    /// <summary>What is said of a name cannot be registered: its owner, its purpose or its longest hold.</summary>
    LockRegistrationInvalid,

    /// <summary>The holder that is to be stopped is on another machine.</summary>
    LockHolderRemote,

    /// <summary>Which process the holder is cannot be proved from here.</summary>
    LockHolderUnverified,

    /// <summary>The holder that is to be stopped is the asking process itself, or one that it runs under.</summary>
    LockHolderIsCaller,

    /// <summary>The rights to stop the holder are missing.</summary>
    LockHolderDenied,

    /// <summary>Any other failure of the system.</summary>
    LockIoError,
}
