using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using System.Threading;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>One slot that was granted.</summary>
internal sealed record SlotGrant(int Number, string File, LockHandle Handle)
{
    /// <summary>Gives it back.</summary>
    public void Free()
    {
        // Explicitly, not by the close alone: a copy may live in a child process.
        Handle.Unlock();
        Handle.Dispose();
    }
}

/// <summary>
/// The slots of a counting lock: one file each, locked exclusively. A holder has the lock file shared as well, so that it
/// cannot be cleared. Whoever waits for a slot has the gate alone, so that only one process at a time does so.
/// </summary>
internal static class SlotFiles
{
    /// <summary>Each slot costs the one process at the head of the queue a thread while it waits.</summary>
    public const int Most = 128;

    private const int WaiterStackBytes = 128 * 1024;

    /// <summary>
    /// Writes down the number of slots at the first use, or while no slot is held; as long as one is it must be the same.
    /// </summary>
    /// <exception cref="LockException"><see cref="LockError.LockSlotsMismatch"/></exception>
    public static void EnsureCount(LockTarget target, int slots, LockOpening opening)
    {
        for (; ; )
        {
            int? existing = TryReadCount(target.Files);
            if (existing == slots)
                return;
            if (existing is null && !target.IsNamed && FileSystem.Exists(new NativePath(target.Files.SlotCount)))
                throw LockFailures.PathInvalid(target.Display, Message.Of(Key.ReasonNotLockNumberOfSlots, target.Files.SlotCount));
            if (existing is null)
                WriteCount(target, slots);
            else if (!TryRenumber(target, existing.Value, slots, opening))
                throw Mismatch(target, slots, existing.Value);
        }
    }

    private static void WriteCount(LockTarget target, int slots) => FileSystem.WriteAtomically(
        target.Files.SlotCount, Encoding.ASCII.GetBytes(slots.ToString(CultureInfo.InvariantCulture) + "\n"), FileSystem.ReadableFile);

    // Nobody holds a slot while all are ours; whoever has read the old number looks again once it has one.
    private static bool TryRenumber(LockTarget target, int existing, int slots, LockOpening opening)
    {
        var taken = new List<LockHandle>();
        try
        {
            for (int number = 1; number <= existing; number++)
            {
                var handle = LockHandle.Open(new NativePath(target.Files.Slot(number)), opening);
                if (!TryLockCurrent(handle))
                {
                    handle.Dispose();
                    return false;
                }

                taken.Add(handle);
            }

            if (TryReadCount(target.Files) == existing)
                WriteCount(target, slots);
            return true;
        }
        catch (PlatformException e) when (e.Fault is PlatformFault.AccessDenied)
        {
            // In a shared root the number is another user's file.
            return false;
        }
        finally
        {
            foreach (LockHandle handle in taken)
            {
                handle.Unlock();
                handle.Dispose();
            }
        }
    }

    private static LockException Mismatch(LockTarget target, int slots, int existing)
    {
        _ = FileSystem.TryGetFacts(target.Files.SlotCount, out FileFacts facts);
        bool isOwn = OperatingSystemKind.IsWindows || facts.OwnerId == Libc.EffectiveUserId();
        return LockFailures.SlotsMismatch(
            target.Display, slots, existing, isOwn ? null : UserNames.Of(facts.OwnerId), DateTimeOffset.FromUnixTimeSeconds(facts.ModifiedUnixSeconds));
    }

    /// <summary>The number of slots; null for a lock that has never been used with slots.</summary>
    public static int? TryReadCount(LockFiles files)
    {
        byte[]? content = FileSystem.TryReadSmall(files.SlotCount, 16);
        return content is not null
            && int.TryParse(Encoding.ASCII.GetString(content).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            && count is >= 1 and <= Most
                ? count
                : null;
    }

    /// <summary>Takes the first free slot; null if there is none.</summary>
    public static SlotGrant? TryTake(LockTarget target, int slots, LockOpening opening)
    {
        for (int number = 1; number <= slots; number++)
        {
            string file = target.Files.Slot(number);
            LockHandle handle = LockHandle.Open(new NativePath(file), opening);
            if (TryLockCurrent(handle))
            {
                var grant = new SlotGrant(number, file, handle);
                if (TryReadCount(target.Files) == slots)
                    return grant;
                Return(grant);
                // The number was changed after it was read: all over again, or the error that says so.
                EnsureCount(target, slots, opening);
                number = 0;
                continue;
            }

            handle.Dispose();
        }

        return null;
    }

    private static void Return(SlotGrant grant)
    {
        grant.Handle.Unlock();
        grant.Handle.Dispose();
    }

    private static bool TryLockCurrent(LockHandle handle)
    {
        if (!handle.TryLock(KernelLock.Exclusive))
            return false;
        if (handle.IsCurrent())
            return true;
        handle.Unlock();
        return false;
    }

    /// <summary>
    /// Blocks until any slot is granted; null if <paramref name="wait"/> was stopped or nudged. No system call waits for any
    /// one of several locks, so a thread waits for each; whichever is granted first stops the others, and a slot
    /// granted in that race is given back.
    /// </summary>
    public static SlotGrant? TakeAny(LockTarget target, int slots, LockOpening opening, StoppableWait wait)
    {
        var race = new Race(wait);
        var threads = new List<Thread>(slots);
        try
        {
            for (int number = 1; number <= slots; number++)
            {
                int slot = number;
                var own = new StoppableWait();
                race.Waits.Add(own);
                var thread = new Thread(() => race.Run(slot, target.Files.Slot(slot), opening, own), WaiterStackBytes)
                {
                    IsBackground = true,
                    Name = "lock slot waiter",
                };
                threads.Add(thread);
                thread.Start();
            }

            _ = wait.WaitFor(() => race.IsDecided);
        }
        finally
        {
            race.StopAll();
            foreach (Thread thread in threads)
                thread.Join();
        }

        SlotGrant? grant = race.Result();
        if (grant is null || TryReadCount(target.Files) == slots)
            return grant;
        Return(grant);
        EnsureCount(target, slots, opening);
        return null;
    }

    private sealed class Race(StoppableWait outer)
    {
        private readonly object _sync = new();
        private SlotGrant? _grant;
        private Exception? _failure;
        private bool _isOver;

        public List<StoppableWait> Waits { get; } = [];

        public bool IsDecided
        {
            get
            {
                lock (_sync)
                    return _isOver;
            }
        }

        public void Run(int number, string file, LockOpening opening, StoppableWait own)
        {
            try
            {
                LockHandle handle = LockHandle.Open(new NativePath(file), opening);
                bool isKept = false;
                try
                {
                    isKept = handle.Lock(KernelLock.Exclusive, own)
                        && Offer(handle.IsCurrent() ? new SlotGrant(number, file, handle) : null, handle);
                }
                finally
                {
                    if (!isKept)
                        handle.Dispose();
                }
            }
            catch (Exception e)
            {
                lock (_sync)
                    (_failure, _isOver) = (_failure ?? e, true);
            }

            outer.Wake();
        }

        /// <summary>False if the slot is not taken; a slot whose file was removed ends the race without a winner.</summary>
        private bool Offer(SlotGrant? grant, LockHandle handle)
        {
            lock (_sync)
            {
                if (!_isOver && grant is not null)
                {
                    (_grant, _isOver) = (grant, true);
                    return true;
                }

                _isOver = true;
                // Explicitly, not by the close that follows: a copy may live in a child process.
                handle.Unlock();
                return false;
            }
        }

        public void StopAll()
        {
            lock (_sync)
                _isOver = true;
            foreach (StoppableWait wait in Waits)
                wait.Stop();
        }

        public SlotGrant? Result()
        {
            foreach (StoppableWait wait in Waits)
                wait.Dispose();
            if (_failure is null)
                return _grant;
            _grant?.Handle.Dispose();
            throw _failure is PlatformException ? _failure : new IOException(_failure.Message, _failure);
        }
    }
}
