using System;

namespace ProcessDedup.FetchPeer;

/// <summary>What is said to the test, and heard from it.</summary>
internal static class Speech
{
    private static readonly object Sync = new();

    public static void Say(string line)
    {
        lock (Sync)
            Console.Out.WriteLine(line);
    }

    /// <summary>The next line; null at the end.</summary>
    public static string? Hear() => Console.In.ReadLine();

    /// <summary>Tells that all is prepared, and waits for the test to say go.</summary>
    public static void BeReady()
    {
        Say("READY");
        Hear();
    }
}
