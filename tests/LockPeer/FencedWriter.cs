using System;
using System.Globalization;
using Npgsql;
using ProcessDedup.Locks;

namespace ProcessDedup.LockPeer;

/// <summary>
/// fenced NAME: holds the lock and writes each line that it is given into a table that refuses fencing numbers lower than one
/// it has seen: WRITTEN or REFUSED. LOST when it is told that it has lost the lock.
/// </summary>
internal static class FencedWriter
{
    public static void Run(PeerOptions options)
    {
        using LockLease lease = FileLock.Acquire(options.Request(options.Words[0]));
        using var told = lease.GetLostToken().Register(() => Say("LOST"));
        Say(string.Create(CultureInfo.InvariantCulture, $"HELD {lease.Fence}"));
        while (Console.In.ReadLine() is { } value)
            Say(Write(options.Server!, lease.Fence!.Value, value) ? "WRITTEN" : "REFUSED");
    }

    private static bool Write(string server, long fence, string value)
    {
        using var connection = new NpgsqlConnection(server + ";Pooling=false");
        connection.Open();
        using var command = new NpgsqlCommand("UPDATE target SET fence = $1, value = $2 WHERE fence <= $1", connection);
        command.Parameters.Add(new NpgsqlParameter { Value = fence });
        command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command.ExecuteNonQuery() == 1;
    }

    private static void Say(string line)
    {
        lock (Console.Out)
            Console.Out.WriteLine(line);
        Console.Out.Flush();
    }
}
