namespace ProcessDedup.Platform;

/// <summary>What kind of directory entry a path names.</summary>
internal enum FileType
{
    Other,
    Regular,
    Directory,
    SymbolicLink,
}

/// <summary>What the system says of one file: enough to decide whether it may serve as a lock.</summary>
/// <param name="Identity">Device and inode.</param>
/// <param name="Type">Regular file, directory, link or something else.</param>
/// <param name="Links">Number of hard links; 0 once the last name is gone.</param>
/// <param name="OwnerId">Numeric user id of the owner; 0 on Windows, where access lists decide.</param>
/// <param name="Permissions">Lower 12 mode bits; 0 on Windows.</param>
/// <param name="Size">Length in bytes.</param>
/// <param name="ModifiedUnixSeconds">Last modification, seconds since 1970-01-01 UTC.</param>
internal readonly record struct FileFacts(
    FileIdentity Identity,
    FileType Type,
    uint Links,
    uint OwnerId,
    int Permissions,
    long Size,
    long ModifiedUnixSeconds)
{
    /// <summary>Last modification, nanoseconds since 1970-01-01 UTC, as fine as the file system keeps it.</summary>
    public long ModifiedNanoseconds { get; init; }

    /// <summary>Last change of content, owner, mode or links (st_ctime, NTFS: ChangeTime), which no usual program sets; 0 where there is none.</summary>
    public long ChangedNanoseconds { get; init; }

    /// <summary>What the file takes on the disk, in bytes; less than its size if it has holes. The size itself on Windows.</summary>
    public long AllocatedBytes { get; init; } = Size;

    /// <summary>Numeric id of the group; 0 on Windows.</summary>
    public uint GroupId { get; init; }

    /// <summary>S_ISVTX: only the owner of a file may remove or rename it (sticky(7)).</summary>
    public bool IsSticky => (Permissions & 0x200) != 0;

    /// <summary>S_ISGID of a directory: what is made in it belongs to its group.</summary>
    public bool HandsOnGroup => (Permissions & 0x400) != 0;

    /// <summary>S_IWGRP or S_IWOTH: somebody besides the owner may create and remove files here.</summary>
    public bool IsWritableByOthers => (Permissions & 0x12) != 0;

    /// <summary>Is it the same file, and has nothing been done to it since then that the system notes?</summary>
    public bool IsUnchangedSince(in FileFacts earlier) => Type == earlier.Type
        && Identity.Equals(earlier.Identity)
        && Size == earlier.Size
        && ModifiedNanoseconds == earlier.ModifiedNanoseconds
        && ChangedNanoseconds == earlier.ChangedNanoseconds;
}
