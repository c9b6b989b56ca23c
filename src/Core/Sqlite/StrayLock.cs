using ProcessDedup.Platform;

namespace ProcessDedup.Sqlite;

/// <summary>
/// Notices that the lock in the way was left behind by a connection of this very process. SQLite ignores a failed unlock
/// of the log's shared memory and counts the lock as held until all connections of the process are closed: waiting for it
/// never ends, in this process or in any other.
/// </summary>
internal sealed class StrayLock(SqliteSession session)
{
    // A tenth of a second with the usual delays. Looking takes 0.2 ms where the kernel has a table of locks; elsewhere
    // all connections are exchanged, which takes as long.
    private const int FirstLook = 16;

    private int _refusals;
    private int _nextLook = FirstLook;

    /// <summary>After each refusal: is it time to close every connection of this process?</summary>
    public bool Notice(SqliteFault fault)
    {
        if (!fault.Code.Matches(SqliteCode.Busy) || ++_refusals < _nextLook)
            return false;
        _nextLook = _refusals * 2;
        // What another thread's transaction holds is no stray: its end is waited for.
        return !session.IsAnotherInTransaction
            && (!ProcLocks.IsAvailable || SqliteLockInspector.HasExclusiveLock(session.Place, ProcessIdentity.Current.ProcessId));
    }
}
