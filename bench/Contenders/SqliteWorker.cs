using System;
using System.Globalization;
using System.IO;
using System.Text;
using System.Threading;

namespace ProcessDedup.Bench.Contenders;

/// <summary>
/// A process that writes rows for a while: <c>write THINK_US START END</c>, times in ns of CLOCK_MONOTONIC. Answers the
/// number of errors and, of each transaction, the µs that it took. <c>peers/py-sqlite.py</c> speaks the same.
/// </summary>
internal static class SqliteWorker
{
    public const string Verb = "sqlite-worker";

    private const int WarmUpWrites = 300;

    public static int Run(string way, string journal, string synchronous, string file)
    {
        WarmUp(way, journal, synchronous, Path.Combine(Path.GetDirectoryName(file)!, $"warm-{Environment.ProcessId}.db"));
        using SqliteWriter writer = SqliteWriter.Open(way, journal, synchronous, file);
        Answer(Worker.Ready);
        while (Console.In.ReadLine() is { } line)
        {
            string[] words = line.Split(' ');
            Answer(Cycle(writer, Number(words[1]), Number(words[2]), Number(words[3])));
        }

        return 0;
    }

    private static string Cycle(SqliteWriter writer, long think, long start, long end)
    {
        var times = new StringBuilder();
        int errors = 0, count = 0;
        while (Worker.Now() < start)
            Thread.Sleep(1);
        for (long before = Worker.Now(); before < end; before = Worker.Now())
        {
            if (!writer.Write(++count))
                errors++;
            times.Append(' ').Append((Worker.Now() - before) / 1000);
            if (think > 0)
                Thread.Sleep(TimeSpan.FromMicroseconds(Random.Shared.NextDouble() * 2 * think));
        }

        return errors.ToString(CultureInfo.InvariantCulture) + times;
    }

    // On a file of its own; optimised code is compiled in the background, 100 ms after the last new method.
    private static void WarmUp(string way, string journal, string synchronous, string file)
    {
        using (SqliteWriter writer = SqliteWriter.Open(way, journal, synchronous, file))
        {
            for (int i = 0; i < WarmUpWrites; i++)
                writer.Write(i);
            Thread.Sleep(120);
            for (int i = 0; i < WarmUpWrites; i++)
                writer.Write(i);
        }

        foreach (string left in Directory.GetFiles(Path.GetDirectoryName(file)!, Path.GetFileName(file) + "*"))
            File.Delete(left);
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static void Answer(string text)
    {
        Console.Out.WriteLine(text);
        Console.Out.Flush();
    }
}
