using System;
using System.Diagnostics;

namespace ProcessDedup.Sqlite;

/// <summary>
/// Notices that a database is busy for nobody: a lock service that is dead and a security policy that forbids locks both
/// look like a holder that never lets go (SQLite makes BUSY of ENOLCK and EACCES).
/// </summary>
/// <remarks>
/// One empty look proves nothing, as a holder may just have let go; many in a row, each right after another refusal, do.
/// Where the table does not show everybody (other machines, other containers) nothing is concluded.
/// </remarks>
internal sealed class SqliteHolderWatch(SqlitePlace place)
{
    // Reading the table takes a tenth of a millisecond: nothing beside a wait of this length.
    private static readonly TimeSpan BeforeFirstLook = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(50);

    // Writers that have the lock half of the time would be missed so often in a row once in a thousand million times.
    private const int EmptyLooks = 30;

    private readonly Stopwatch _clock = new();
    private TimeSpan _nextLook = BeforeFirstLook;
    private bool? _seesAll;
    private int _empty;

    /// <summary>Has it been proved that nobody is there?</summary>
    public bool IsNobodyThere => _empty >= EmptyLooks;

    /// <summary>After each refusal: is nobody there who refuses?</summary>
    public bool Notice(SqliteFault fault)
    {
        // A transaction at COMMIT has locks of its own, which would hide those of other connections of this process.
        if (IsNobodyThere || !fault.Code.Matches(SqliteCode.Busy) || fault.Stage > SqliteStage.Begin)
            return IsNobodyThere;
        _clock.Start();
        if (_clock.Elapsed < _nextLook)
            return false;
        _nextLook = _clock.Elapsed + BetweenLooks;
        _seesAll ??= SqliteLockInspector.BlindnessAt(place) is null;
        _empty = _seesAll.Value && !SqliteLockInspector.IsAnybodyInTheWay(place, fault.Stage) ? _empty + 1 : 0;
        return IsNobodyThere;
    }
}
