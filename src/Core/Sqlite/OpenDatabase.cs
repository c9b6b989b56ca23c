using System;
using System.Collections.Generic;
using System.Threading;
using ProcessDedup.Retry;

namespace ProcessDedup.Sqlite;

/// <summary>
/// All connections of this process to one file. Closing just one of them does not heal the locks: the system keeps them
/// by process, and SQLite keeps descriptors open as long as another of its handles has a lock on the file.
/// </summary>
internal sealed class OpenDatabase
{
    // Other threads' transactions end by themselves; without end they must not be waited for.
    private static readonly TimeSpan LongestDiscard = TimeSpan.FromSeconds(1);

    private static readonly Dictionary<string, OpenDatabase> All = new(StringComparer.Ordinal);

    private readonly List<SqliteSession> _sessions = [];
    private readonly Stack<CommitToken> _idleTokens = [];
    private int _discarding;

    /// <summary>Grows with every discard; a connection of an older one is closed before its next transaction.</summary>
    public int Generation { get; private set; }

    public static OpenDatabase Of(SqlitePlace place)
    {
        lock (All)
        {
            if (!All.TryGetValue(place.File, out OpenDatabase? file))
                All.Add(place.File, file = new OpenDatabase());
            return file;
        }
    }

    /// <summary>A token that no other writer of this process uses now: its row in the database serves one after the other.</summary>
    public CommitToken TakeToken()
    {
        lock (_idleTokens)
            return _idleTokens.TryPop(out CommitToken? token) ? token : new CommitToken();
    }

    /// <summary>After a writer's last transaction, whatever came of it: the next one's numbers are higher.</summary>
    public void ReturnToken(CommitToken token)
    {
        lock (_idleTokens)
            _idleTokens.Push(token);
    }

    /// <summary>Before a connection is opened: waits while others close theirs.</summary>
    public void Enter(SqliteSession session)
    {
        lock (_sessions)
        {
            AwaitWhile(() => _discarding > 0);
            _sessions.Add(session);
        }
    }

    /// <summary>After a connection is closed.</summary>
    public void Leave(SqliteSession session)
    {
        lock (_sessions)
        {
            _sessions.Remove(session);
            Monitor.PulseAll(_sessions);
        }
    }

    /// <summary>Is a connection of this process other than the caller's between BEGIN and its end?</summary>
    public bool IsAnotherInTransaction(SqliteSession self)
    {
        lock (_sessions)
            return _sessions.Exists(s => s.IsInTransaction && !ReferenceEquals(s, self));
    }

    /// <summary>Closes the idle connections at once and waits a moment for those in use.</summary>
    /// <param name="self">The caller's, closed already.</param>
    public void Discard(SqliteSession self)
    {
        SqliteSession[] others;
        lock (_sessions)
        {
            Generation++;
            _discarding++;
            others = [.. _sessions];
        }

        foreach (SqliteSession other in others)
        {
            if (!ReferenceEquals(other, self))
                other.TryCloseIdle();
        }

        lock (_sessions)
        {
            AwaitWhile(() => _sessions.Count > 0);
            _discarding--;
            Monitor.PulseAll(_sessions);
        }
    }

    private void AwaitWhile(Func<bool> condition)
    {
        Deadline end = Deadline.After(LongestDiscard);
        while (condition() && !end.IsOver)
            Monitor.Wait(_sessions, end.Remaining);
    }
}
