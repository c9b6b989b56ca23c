using System.Collections.Generic;
using System.Linq;
using ProcessDedup.Messages;

namespace ProcessDedup.Sqlite;

/// <summary>What was in the way of a transaction that was given up.</summary>
internal sealed class SqliteObstacle
{
    // More than these make a message that nobody reads.
    private const int MostNamed = 5;

    private SqliteObstacle(IReadOnlyList<SqliteLockHolder> holders, string sentence, string? nextStep) =>
        (Holders, Sentence, NextStep) = (holders, sentence, nextStep);

    public IReadOnlyList<SqliteLockHolder> Holders { get; }

    public string Sentence { get; }

    /// <summary>What to do; null for what is always said.</summary>
    public string? NextStep { get; }

    /// <summary>Looks who is there now; null if nobody is seen.</summary>
    public static SqliteObstacle? Find(SqlitePlace place, SqliteFault fault, SqliteHolderWatch watch)
    {
        if (UnreadableLog.Is(place, fault.Code))
            return new SqliteObstacle([], Message.Of(Key.SqliteObstacleUnreadableLog), Message.Of(Key.SqliteObstacleUnreadableLogNext));
        if (!fault.Code.Matches(SqliteCode.Busy))
            return null;
        if (watch.IsNobodyThere)
            return Nobody();

        IReadOnlyList<SqliteLockHolder> all = SqliteLockInspector.TryFind(place);
        List<SqliteLockHolder> holders = all.Where(h => IsInTheWay(h.Lock, fault.Stage)).ToList();
        // BEGIN EXCLUSIVE and a change of the journal want everybody out.
        if (holders.Count == 0)
            holders.AddRange(all);
        return holders.Count == 0 ? null : HeldBy(holders);
    }

    /// <summary>The system refuses the lock although nobody has it.</summary>
    public static SqliteObstacle Nobody() => new(
        [], Message.Of(Key.SqliteObstacleNobody),
        Message.Of(Key.SqliteObstacleNobodyNext));

    public static SqliteObstacle HeldBy(IReadOnlyList<SqliteLockHolder> holders)
    {
        string others = holders.Count <= MostNamed ? string.Empty
            : Message.Of(Key.SqliteObstacleAndMore, holders.Count - MostNamed);
        return new SqliteObstacle(
            holders, Message.Of(Key.SqliteObstacleHeldBy, string.Join("; ", holders.Take(MostNamed).Select(h => h.Describe())), others),
            Message.Of(Key.SqliteObstacleHeldByNext));
    }

    /// <summary>Readers keep nobody from beginning, but a rollback journal's from COMMIT.</summary>
    private static bool IsInTheWay(SqliteLockKind kind, SqliteStage stage) => kind >= SqliteLockKind.Reserved
        || stage > SqliteStage.Begin && kind == SqliteLockKind.Shared;
}
