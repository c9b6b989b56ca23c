using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;

namespace ProcessDedup.Tests.Harness;

/// <summary>
/// The lock table as the kernel shows it, read without the code under test. It comes page by page: while other
/// programs lock and unlock, a line may come twice, or not at all.
/// </summary>
internal static class KernelView
{
    /// <summary>Who waits for the lock on a file or at its gate.</summary>
    public static IReadOnlyList<int> Waiters(string lockFile) => OperatingSystem.IsWindows()
        ? Recorded(lockFile)
        : [.. Lines(lockFile, isWaiter: true), .. Lines(lockFile + ".gate", isWaiter: true)];

    public static IReadOnlyList<int> Holders(string file) => [.. Lines(file, isWaiter: false).Distinct()];

    public static void AwaitWaiters(string lockFile, int count) => Eventually.True(
        () => Waiters(lockFile).Distinct().Count() >= count, $"{count} waiters at {lockFile}");

    // Windows shows no table. Below the home of a test directory, in which the lock is, or beside which.
    private static List<int> Recorded(string lockFile)
    {
        string directory = Path.GetDirectoryName(lockFile)!;
        string home = Path.GetFileName(directory) == "locks" ? Path.GetDirectoryName(directory)! : Path.Combine(directory, "home");
        return [.. Locks.WaitRecord.ReadAll(Path.Combine(home, "waits")).Where(wait => wait.Wants.Path == lockFile).Select(wait => wait.Process.ProcessId)];
    }

    private static List<int> Lines(string file, bool isWaiter)
    {
        if (!File.Exists(file))
            return [];
        string suffix = ":" + Inode(file);
        return Table(suffix)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => (fields[1] == "->") == isWaiter)
            .Select(fields => isWaiter ? fields[2..] : fields[1..])
            .Where(fields => fields[0] == "FLOCK" && fields[4].EndsWith(suffix, StringComparison.Ordinal))
            .Select(fields => int.Parse(fields[3], CultureInfo.InvariantCulture))
            .ToList();
    }

    // Beyond its first page the table may leave out what was there all the time.
    private static string[] Table(string suffix)
    {
        for (int look = 1; ; look++)
        {
            string table = File.ReadAllText("/proc/locks");
            if (look == Platform.ProcLocks.Looks || Platform.ProcLocks.IsWhole(table) || table.Contains(suffix + " ", StringComparison.Ordinal))
                return table.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
    }

    public static string Inode(string file) => Platform.FileSystem.TryGetFacts(file, out Platform.FileFacts facts)
        ? facts.Identity.Inode.ToString(CultureInfo.InvariantCulture)
        : string.Empty;
}
