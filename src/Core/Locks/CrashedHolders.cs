using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>
/// A holder removes its record before it releases; a record that the next holder finds was left by a crash.
/// </summary>
internal static class CrashedHolders
{
    /// <summary>
    /// The record left beside a lock that was just taken, removed so that it is told once; null if there is none. It is
    /// read here and understood later (<see cref="Understand"/>): the first JSON of a process costs ten times the wait
    /// for a killed holder.
    /// </summary>
    public static byte[]? Take(LockLease lease)
    {
        NativePath? path = lease.OwnerRecordPath;
        if (path is null || !FileSystem.Exists(path))
            return null;
        byte[]? record = OwnerRecord.TryReadText(path.Text);
        // Beside a file of the user's choice "x.owner" may be anything.
        if (!lease.Target.IsNamed && !OwnerRecord.LooksLikeOne(record))
            return null;
        return FileSystem.TryDelete(path.Text) ? record : null;
    }

    /// <summary>
    /// Who that was. As the lock was granted, the holder before is gone, wherever it ran; only one that still lives here
    /// lost its lock (the file was replaced) rather than its life.
    /// </summary>
    public static LockHolder? Understand(byte[] record) =>
        OwnerRecord.TryParse(record) is { Process.IsAlive: false } crashed ? Describe(crashed) : null;

    /// <summary>The record beside a lock that seems free; only of a holder that is certainly gone.</summary>
    public static LockHolder? Find(LockTarget target) =>
        OwnerRecord.TryRead(target.Files.Owner.Text) is { } record
        && (record.IsHolderGone || (!record.Process.IsComparable && ProcLocks.IsAvailable && UnseenHolders.IsCertainlyFree(target)))
            ? Describe(record) : null;

    private static LockHolder Describe(OwnerRecord record) =>
        LockInspector.FromRecord(record, slot: null, isVerified: false);
}
