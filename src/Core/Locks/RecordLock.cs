using System;
using System.Threading;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>
/// The lock on a record of a process: the kernel releases it with the process, and tells those in other PID namespaces too,
/// where a PID tells nothing.
/// </summary>
internal static class RecordLock
{
    // A reader has the lock for microseconds.
    private const int Tries = 100;

    /// <summary>Keeps the lock until disposed; null if that is not possible.</summary>
    public static IDisposable? TryKeep(string file)
    {
        if (TryOpen(file) is not { } handle)
            return null;
        try
        {
            for (int i = 0; i < Tries; i++)
            {
                if (handle.TryLock(KernelLock.Exclusive))
                    return handle;
                Thread.Sleep(i < Tries / 2 ? 0 : 1);
            }
        }
        catch (PlatformException)
        {
        }

        handle.Dispose();
        return null;
    }

    /// <summary>Does the process that wrote the record still keep it? False also where this cannot be told.</summary>
    public static bool IsKept(string file)
    {
        using LockHandle? handle = TryOpen(file);
        try
        {
            return handle is not null && !handle.TryLock(KernelLock.Shared);
        }
        catch (PlatformException)
        {
            return false;
        }
    }

    private static LockHandle? TryOpen(string file)
    {
        try
        {
            return LockHandle.Open(new NativePath(file), new LockOpening(Create: false, Mode: 0, AllowForeignOwner: true));
        }
        catch (PlatformException)
        {
            return null;
        }
    }
}
