using System;
using System.Collections.Generic;
using System.IO;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>The records of holders beside one lock.</summary>
internal static class OwnerRecords
{
    /// <summary>Of the exclusive holder, of those in slots, and of shared ones; null for each that is missing.</summary>
    /// <param name="files">The lock's.</param>
    /// <param name="slots">How many slots it has; null without slots.</param>
    public static IReadOnlyList<OwnerRecord?> Of(LockFiles files, int? slots)
    {
        var records = new List<OwnerRecord?> { OwnerRecord.TryRead(files.Owner.Text) };
        for (int number = 1; number <= (slots ?? 0); number++)
            records.Add(OfSlot(files, number));
        string? directory = Path.GetDirectoryName(files.Lock.Text);
        try
        {
            if (Directory.Exists(directory))
            {
                foreach (string file in Directory.EnumerateFiles(directory, files.SharedOwnerPattern))
                    records.Add(OwnerRecord.TryRead(file));
            }
        }
        catch (UnauthorizedAccessException) when (ProcLocks.IsAvailable)
        {
            // A directory that may be passed but not listed: the kernel tells who holds the lock, and the records only add to it.
        }
        catch (UnauthorizedAccessException e)
        {
            throw new PlatformException(PlatformFault.AccessDenied, "readdir", directory!, e.HResult, e.Message);
        }

        return records;
    }

    /// <summary>Of the holder of one slot, counted from 1.</summary>
    public static OwnerRecord? OfSlot(LockFiles files, int number) => OwnerRecord.TryRead(files.Slot(number) + LockFiles.OwnerSuffix);
}
