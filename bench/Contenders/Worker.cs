using System;
using System.Diagnostics;
using System.Globalization;
using System.Threading;

namespace ProcessDedup.Bench.Contenders;

/// <summary>
/// The process at the other end of <see cref="WorkerProcess"/>. The peers' drivers in <c>peers/</c> speak the same
/// protocol, a line for a line; all times are ns of CLOCK_MONOTONIC:
/// <list type="bullet">
/// <item><c>loop N</c>: median time of one acquire and release;</item>
/// <item><c>acquire</c>: the time when it was granted;</item>
/// <item><c>release</c>: no answer, so that nothing but the waiter wakes; <c>when</c>: the time when it began;</item>
/// <item><c>cycle sleep|spin HOLD_US START END</c>: acquire, hold, release, again, from START to END; answers how
/// often and the longest wait.</item>
/// </list>
/// </summary>
internal static class Worker
{
    public const string Verb = "worker";
    public const string Ready = "ready";

    private const int WarmUpCalls = 1000;

    public static int Run(string kind, string file)
    {
        WarmUp(kind, file + ".warm-" + Environment.ProcessId.ToString(CultureInfo.InvariantCulture), 2);
        using var held = HeldLock.Create(kind, file);
        long released = 0;
        Answer(Ready);
        while (Console.In.ReadLine() is { } line)
        {
            string[] words = line.Split(' ');
            switch (words[0])
            {
                case "loop":
                    Answer(Loop(held, int.Parse(words[1], CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture));
                    break;
                case "acquire":
                    held.Acquire();
                    Answer(Now().ToString(CultureInfo.InvariantCulture));
                    break;
                case "release":
                    released = Now();
                    held.Release();
                    break;
                case "when":
                    Answer(released.ToString(CultureInfo.InvariantCulture));
                    break;
                case "cycle":
                    Answer(Cycle(held, words[1] == "spin", Number(words[2]) * 1000, Number(words[3]), Number(words[4])));
                    break;
            }
        }

        return 0;
    }

    /// <summary>Stopwatch reads CLOCK_MONOTONIC on Linux, in ns, as the drivers of the peers do.</summary>
    public static long Now() => Stopwatch.GetTimestamp();

    /// <summary>Median time of one acquire and release, in ns.</summary>
    public static long Loop(HeldLock held, int count)
    {
        long[] times = new long[count];
        for (int i = 0; i < count; i++)
        {
            long before = Now();
            held.Acquire();
            held.Release();
            times[i] = Now() - before;
        }

        Array.Sort(times);
        return times[count / 2];
    }

    /// <summary>Lets the runtime compile what is measured, on a file of its own.</summary>
    public static void WarmUp(string kind, string file, int passes)
    {
        using var held = HeldLock.Create(kind, file);
        for (int pass = 0; pass < passes; pass++)
        {
            Loop(held, WarmUpCalls);
            // Optimised code is compiled in the background, 100 ms after the last new method.
            Thread.Sleep(120);
        }
    }

    private static string Cycle(HeldLock held, bool spins, long hold, long start, long end)
    {
        long count = 0, worst = 0;
        while (Now() < start)
            Thread.Sleep(1);
        for (long before = Now(); before < end; before = Now())
        {
            held.Acquire();
            long granted = Now();
            worst = Math.Max(worst, granted - before);
            if (spins)
            {
                while (Now() < granted + hold)
                    Thread.SpinWait(10);
            }
            else
            {
                Thread.Sleep(TimeSpan.FromMicroseconds(hold / 1000.0));
            }

            held.Release();
            count++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{count} {worst}");
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static void Answer(string text)
    {
        Console.Out.WriteLine(text);
        Console.Out.Flush();
    }
}
