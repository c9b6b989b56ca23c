using System;
using System.Globalization;
using System.IO;
using System.Threading;
using ProcessDedup.Claims;
using ProcessDedup.Sqlite;

namespace ProcessDedup.SqlitePeer;

/// <summary>What the other process does with claims.</summary>
internal static class ClaimCommands
{
    /// <summary>claim DB NAMESPACE COUNT: READY, waits for a line, WON KEY FENCE for each key that is won, DONE LOST.</summary>
    public static void Claim(string[] words)
    {
        using ClaimStore store = ClaimStore.OpenFile(words[0]);
        Say("READY");
        Console.In.ReadLine();
        int lost = 0;
        for (int key = 0; key < Number(words[2]); key++)
        {
            ClaimResult result = store.Add(new ClaimRequest(words[1], Text(key)));
            if (result.Outcome == ClaimOutcome.Lost)
                lost++;
            else
                Say($"WON {key} {result.Fence}");
        }

        Say($"DONE {lost}");
    }

    /// <summary>
    /// claim-naive DB COUNT: the same as it is commonly written: look whether the key is there, and insert it if not. It is READY
    /// between the one and the other of the first key, which all are meant to be.
    /// </summary>
    public static void Naive(string[] words)
    {
        using DatabaseConnection connection = SqliteSetup.Open(SqlitePlace.Of(words[0]), new SqliteOptions());
        for (int key = 0; key < Number(words[1]); key++)
        {
            bool isThere = Insist(() => connection.Ask("SELECT 1 FROM naive WHERE key = ?", Text(key))) is not null;
            if (key == 0)
            {
                Say("READY");
                Console.In.ReadLine();
            }

            if (isThere)
                continue;
            Insist(() => connection.Ask("INSERT INTO naive VALUES(?)", Text(key)));
            Say($"WON {key} 1");
        }

        Say("DONE");
    }

    /// <summary>
    /// claim-relay DB KEYS DIRECTORY: for ever: wins a key, writes its fence into the key's file, gives the key back. Says
    /// ROUND at the first time.
    /// </summary>
    public static void Relay(string[] words)
    {
        using ClaimStore store = ClaimStore.OpenFile(words[0]);
        for (bool isFirst = true; ;)
        {
            string key = Text(Random.Shared.Next(Number(words[1])));
            ClaimResult result = store.Add(new ClaimRequest("relay", key));
            if (result.Outcome == ClaimOutcome.Lost)
                continue;
            File.AppendAllText(Path.Combine(words[2], key), Text(result.Fence) + "\n");
            store.Remove("relay", key, result.Token);
            if (isFirst)
                Say("ROUND");
            isFirst = false;
        }
    }

    /// <summary>read DB: READY when it has read once; reads over and over in short transactions until its input ends; READ TIMES.</summary>
    public static void Read(string[] words)
    {
        using DatabaseConnection connection = SqliteSetup.Open(SqlitePlace.Of(words[0]), new SqliteOptions());
        bool isOver = false;
        new Thread(() =>
        {
            while (Console.In.ReadLine() is not null)
            {
            }

            Volatile.Write(ref isOver, true);
        })
        { IsBackground = true }.Start();
        int times = 0;
        while (!Volatile.Read(ref isOver))
        {
            Insist(() => connection.Ask("SELECT count(*) FROM processdedup_claim"));
            if (times++ == 0)
                Say("READY");
        }

        Say($"READ {times}");
    }

    private static object? Insist(Func<object?> statement)
    {
        for (; ; )
        {
            try
            {
                return statement();
            }
            catch (SqliteFaultException e) when (e.Fault.Code.PrimaryNumber == 5)
            {
                Thread.Yield();
            }
        }
    }

    private static int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static void Say(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }
}
