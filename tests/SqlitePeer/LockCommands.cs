using System;
using ProcessDedup.Locks;
using ProcessDedup.Sqlite;

namespace ProcessDedup.SqlitePeer;

/// <summary>What the other process does with locks and transactions together.</summary>
internal static class LockCommands
{
    /// <summary>with-lock DB NAME: a transaction that takes the lock: HELD; commits at the next line: COMMITTED.</summary>
    public static void WithLock(string[] words)
    {
        using var runner = new SqliteRunner(words[0], new SqliteOptions { Timeout = TimeSpan.FromSeconds(60) });
        runner.Run(tx =>
        {
            tx.TakeLock(LockTarget.FromName(LockRoot.Default(), words[1]));
            tx.Execute("INSERT INTO t VALUES('with-lock', 0)");
            Say("HELD");
            Console.In.ReadLine();
        });
        Say("COMMITTED");
    }

    /// <summary>lock-then-write DB NAME: takes the lock: HELD; at the next line, while it is held, a transaction: WRITTEN.</summary>
    public static void LockThenWrite(string[] words)
    {
        using (FileLock.Acquire(new LockRequest(LockTarget.FromName(LockRoot.Default(), words[1]))))
        {
            Say("HELD");
            Console.In.ReadLine();
            using var runner = new SqliteRunner(words[0], new SqliteOptions { Timeout = TimeSpan.FromSeconds(60) });
            runner.Run(tx => tx.Execute("INSERT INTO t VALUES('lock-then-write', 0)"));
        }

        Say("WRITTEN");
    }

    private static void Say(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }
}
