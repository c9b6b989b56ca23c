using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>
/// A holder removes its record before it releases; a record that the next holder finds was left by a crash.
/// </summary>
internal static class CrashedHolders
{
    /// <summary>The record left beside a lock that was just taken, removed so that it is told once.</summary>
    public static LockHolder? Take(LockLease lease)
    {
        NativePath? path = lease.OwnerRecordPath;
        if (path is null || !FileSystem.Exists(path))
            return null;
        OwnerRecord? record = OwnerRecord.TryRead(path.Text);
        FileSystem.TryDelete(path.Text);
        return record is null ? null : Describe(record);
    }

    /// <summary>The record beside a free lock.</summary>
    public static LockHolder? Find(LockFiles files) =>
        OwnerRecord.TryRead(files.Owner.Text) is { } record ? Describe(record) : null;

    // A process that still lives lost its lock (the file was replaced) rather than its life.
    private static LockHolder? Describe(OwnerRecord record) =>
        record.Process.IsAlive ? null : LockInspector.FromRecord(record, slot: null, isVerified: false);
}
