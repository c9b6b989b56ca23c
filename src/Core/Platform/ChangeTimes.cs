using System;
using System.Threading;

namespace ProcessDedup.Platform;

/// <summary>
/// Whether the time of the last change (st_ctime) can show that a file has not been changed since somebody looked. It can
/// where the kernel of this machine alone notes it, and once the clock has moved on since that change: of two changes
/// within one tick the second leaves no trace (https://git-scm.com/docs/racy-git). See <see cref="LocalFileSystems"/>.
/// </summary>
internal static class ChangeTimes
{
    // A tick takes 10 ms at most (CONFIG_HZ=100).
    private const long Tick = 20_000_000;

    // Old ext4 (inodes of 128 bytes) and other file systems note seconds.
    private const long Second = 1_000_000_000;

    /// <summary>Would a change that is made from now on leave another time than the file has?</summary>
    public static bool IsSettled(long changed, long now) => changed < now - (changed % Second == 0 ? 2 * Second : Tick);

    /// <summary>
    /// The facts of a file that is about to be read, once a change that comes later would be seen in them. Waits for a few
    /// ticks if need be; null: it would take longer.
    /// </summary>
    public static FileFacts? SettledFacts(SourceFile file)
    {
        EndMappedWrites(file);
        FileFacts facts = file.Facts();
        // A time finer than the tick (Linux 6.13) may be ahead of the clock that goes by ticks.
        const int ticks = 3;
        for (int wait = 0; SystemClock.TimeOfChange() is { } now && wait <= ticks; wait++)
        {
            if (IsSettled(facts.ChangedNanoseconds, now))
                return facts;
            if (!IsSettled(facts.ChangedNanoseconds, now + ticks * Tick))
                return null;
            Thread.Sleep(TimeSpan.FromMilliseconds(Tick / 1_000_000));
        }

        return null;
    }

    // A page that was changed through a mapping can be changed again, without a trace, until it is on its way to the disk.
    private static void EndMappedWrites(SourceFile file) => _ = Libc.SyncFileRange(
        (int)file.Stream.SafeFileHandle.DangerousGetHandle(), 0, 0, Libc.SyncRangeWaitBefore | Libc.SyncRangeWrite | Libc.SyncRangeWaitAfter);

    /// <summary>
    /// After this process has given a file another name: was nothing else done to it meanwhile? A write would have changed
    /// the time of modification, too; that must be another than now, as it would look the same otherwise.
    /// </summary>
    public static bool IsOnlyLinked(in FileFacts before, in FileFacts after) => after.Type == before.Type
        && after.Identity.Equals(before.Identity)
        && after.Size == before.Size
        && after.ModifiedNanoseconds == before.ModifiedNanoseconds
        && after.Links == before.Links + 1
        && SystemClock.TimeOfChange() is { } now
        && (IsSettled(after.ModifiedNanoseconds, now) || after.ModifiedNanoseconds > now + 2 * Second);
}
