using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;

namespace ProcessDedup.LockPeer;

/// <summary>
/// A second, independent witness of who is inside a lock: one file per holder, made on entering and removed before
/// leaving. What is found there on entering is another holder, or was left by one that was killed; the process
/// table tells which.
/// </summary>
internal sealed class Inside(string directory, PeerOptions options)
{
    // A killed process gives up its locks a moment before it disappears from the process table.
    private static readonly TimeSpan LongestDeath = TimeSpan.FromSeconds(10);

    private readonly char _kind = options.IsShared ? 's' : options.Slots is not null ? 'n' : 'x';
    private readonly string _me = string.Format(
        CultureInfo.InvariantCulture, "{0}-{1}", Environment.ProcessId, StartOf(Environment.ProcessId));

    /// <summary>Holders found here that had died.</summary>
    public int Leftovers { get; private set; }

    /// <summary>The most that were inside at once, seen from here.</summary>
    public int Most { get; private set; }

    /// <summary>Enters, says so if somebody is inside who must not be, holds, and leaves.</summary>
    public void Visit(Action whileInside)
    {
        string own = Path.Combine(directory, $"{_kind}-{_me}");
        File.Open(own, FileMode.CreateNew).Dispose();
        string[] others = Directory.GetFiles(directory).Where(f => f != own && Conflicts(f)).ToArray();
        int alive = others.Count(IsStillInside);
        Most = Math.Max(Most, alive + 1);
        int allowed = _kind == 'n' ? options.Slots!.Value - 1 : 0;
        if (alive > allowed || others.Any(f => Kind(f) == 'x' && File.Exists(f)))
            Console.Out.WriteLine("OVERLAP " + string.Join(' ', others.Select(Path.GetFileName)) + " with " + Path.GetFileName(own));
        whileInside();
        File.Delete(own);
    }

    private bool Conflicts(string file) => _kind == 'x' || Kind(file) == 'x' || (_kind == 'n' && Kind(file) == 'n');

    private static char Kind(string file) => Path.GetFileName(file)[0];

    /// <summary>False once its process has died, and then the leftover is removed.</summary>
    private bool IsStillInside(string file)
    {
        string[] parts = Path.GetFileName(file).Split('-');
        int id = int.Parse(parts[1], CultureInfo.InvariantCulture);
        long start = long.Parse(parts[2], CultureInfo.InvariantCulture);
        var clock = Stopwatch.StartNew();
        while (StartOf(id) == start)
        {
            // It lives: inside together with us if it may be, or else left meanwhile, which is no better.
            if (!IsDying(id) || !File.Exists(file) || clock.Elapsed > LongestDeath)
                return true;
            Thread.Yield();
        }

        Leftovers++;
        File.Delete(file);
        return false;
    }

    /// <summary>PF_EXITING (0x4) of the flags in /proc/PID/task/*/stat: some thread of it has begun to exit.</summary>
    private static bool IsDying(int id)
    {
        try
        {
            string[] tasks = Directory.GetDirectories($"/proc/{id}/task");
            // None at all: it was reaped between two looks.
            return tasks.Length == 0 || tasks.Any(task =>
                Fields(Path.Combine(task, "stat")) is not { } stat
                || (uint.Parse(stat[6], CultureInfo.InvariantCulture) & 4) != 0);
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static long StartOf(int id) => Fields($"/proc/{id}/stat") is { } stat && stat[0] is not ("Z" or "X")
        ? long.Parse(stat[19], CultureInfo.InvariantCulture)
        : -1;

    // From the state on, behind the command's closing parenthesis.
    private static string[]? Fields(string path)
    {
        try
        {
            string text = File.ReadAllText(path);
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }
}
