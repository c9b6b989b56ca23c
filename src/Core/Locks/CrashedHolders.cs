using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>
/// A holder removes its record before it releases; a record that the next holder finds was left by a crash.
/// </summary>
internal static class CrashedHolders
{
    /// <summary>
    /// The record left beside a lock that was just taken, removed so that it is told once. As the lock was granted, the
    /// holder before is gone, wherever it ran; only one that still lives here lost its lock (the file was replaced)
    /// rather than its life.
    /// </summary>
    public static LockHolder? Take(LockLease lease)
    {
        NativePath? path = lease.OwnerRecordPath;
        if (path is null || !FileSystem.Exists(path))
            return null;
        OwnerRecord? record = OwnerRecord.TryRead(path.Text);
        // Beside a file of the user's choice "x.owner" may be anything.
        if (record is null && !lease.Target.IsNamed)
            return null;
        bool isRemoved = FileSystem.TryDelete(path.Text);
        return record is null || !isRemoved || record.Process.IsAlive ? null : Describe(record);
    }

    /// <summary>The record beside a lock that seems free; only of a holder that is certainly gone.</summary>
    public static LockHolder? Find(LockFiles files) =>
        OwnerRecord.TryRead(files.Owner.Text) is { IsHolderGone: true } record ? Describe(record) : null;

    private static LockHolder Describe(OwnerRecord record) =>
        LockInspector.FromRecord(record, slot: null, isVerified: false);
}
