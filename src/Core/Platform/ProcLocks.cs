using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;

namespace ProcessDedup.Platform;

/// <summary>One line of /proc/locks.</summary>
/// <param name="IsWaiter">Behind an arrow: it wants the lock above it.</param>
/// <param name="Kind">Shared or exclusive.</param>
/// <param name="ProcessId">Who called flock(2), seen from this PID namespace; it may have exited while a child
/// that inherited the descriptor still holds the lock.</param>
/// <param name="Device">The super block's device as the kernel prints it, "fe:00".</param>
/// <param name="Inode">The inode.</param>
internal readonly record struct ProcLockLine(
    bool IsWaiter, KernelLock Kind, int ProcessId, string Device, ulong Inode);

/// <summary>
/// The kernel's table of file locks (proc_locks(5)): free, unprivileged, and in queue order. Locks of processes
/// in other PID namespaces are not in it.
/// </summary>
internal static class ProcLocks
{
    private const string Table = "/proc/locks";

    // The kernel gives its table page by page and finds its way back by counting lines: where locks are released meanwhile, as many
    // others are left out. Of 3,000 times 120 locks were looked at beside two processes that lock and unlock, one of them was missed
    // 830 times by one look, 126 by two, 18 by three, and once by five.
    public const int Looks = 5;
    // A page also ends before a lock that does not fit with all of its waiters: the table is whole for certain only if it is far
    // shorter than one.
    private const int CertainlyOnePage = 4096 / 4;

    private static readonly Lazy<string> OwnDevice = new(DeviceOfTable);

    /// <summary>
    /// Every flock(2) line in the kernel's order, but for locks of files below /proc: other .NET programs take one for as long as
    /// they read such a file. Empty where there is no such table.
    /// </summary>
    /// <param name="looks">How often it is looked at if it is long; one where a lock that is missed costs nothing.</param>
    public static IReadOnlyList<ProcLockLine> Read(int looks = Looks)
    {
        try
        {
            if (!OperatingSystemKind.IsLinux)
                return [];
            List<ProcLockLine> lines = Look(out bool isWhole);
            for (int look = 1; !isWhole && look < looks; look++)
                lines = Merge(lines, Look(out isWhole));
            lines.RemoveAll(line => line.Device == OwnDevice.Value);
            return lines;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>
    /// The lines of one file, and those that say what these processes wait for, as the kernel writes them but for the number of
    /// each lock. Made for comparing two looks: much cheaper than <see cref="Read"/>.
    /// </summary>
    /// <returns>Null if one of the processes waits for nothing, or where there is no table.</returns>
    public static string? ReadLines(ulong inode, IReadOnlyList<int> waiting)
    {
        try
        {
            string table = KernelFile.ReadText(Table);
            var found = new StringBuilder();
            AppendLines(found, table, string.Create(CultureInfo.InvariantCulture, $":{inode} "), isWaiter: false);
            foreach (int process in waiting)
            {
                int before = found.Length;
                AppendLines(found, table, string.Create(CultureInfo.InvariantCulture, $" {process} "), isWaiter: true);
                if (found.Length == before)
                    return null;
            }

            return found.ToString();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void AppendLines(StringBuilder found, string table, string field, bool isWaiter)
    {
        foreach (ReadOnlySpan<char> line in table.AsSpan().EnumerateLines())
        {
            if (line.Contains(field, StringComparison.Ordinal) && (!isWaiter || line.Contains("->", StringComparison.Ordinal)))
                found.Append(line[(line.IndexOf(':') + 1)..]).Append('\n');
        }
    }

    /// <summary>True: for certain no lock is missing that was held all the time.</summary>
    public static bool IsWhole(string table) => table.Length < CertainlyOnePage;

    private static List<ProcLockLine> Look(out bool isWhole)
    {
        string text = KernelFile.ReadText(Table);
        isWhole = IsWhole(text);
        return Parse(text);
    }

    /// <summary>Is the kernel's table to be had? It is not on macOS and Windows, nor where /proc is hidden.</summary>
    public static bool IsAvailable => OperatingSystemKind.IsLinux && File.Exists(Table);

    /// <summary>
    /// Of two looks the later, and what only the earlier has: the kernel gives its table page by page, and when a lock on a page
    /// before is released meanwhile, the first line of the next is left out.
    /// </summary>
    public static List<ProcLockLine> Merge(IReadOnlyList<ProcLockLine> earlier, List<ProcLockLine> later)
    {
        var known = new HashSet<ProcLockLine>(later);
        var files = new HashSet<(string, ulong)>();
        var taken = new HashSet<(string, ulong)>();
        foreach (ProcLockLine line in later)
        {
            files.Add((line.Device, line.Inode));
            if (!line.IsWaiter && line.Kind != KernelLock.Shared)
                taken.Add((line.Device, line.Inode));
        }

        var all = new List<ProcLockLine>(later);
        var leftOut = new HashSet<(string, ulong)>();
        foreach (ProcLockLine line in earlier)
        {
            if (known.Contains(line))
                continue;
            // Of a file that is in the later look only one more of those who share it may have been left out, and with it those who
            // wait for it, who come next.
            (string, ulong) file = (line.Device, line.Inode);
            bool mayShare = !line.IsWaiter && line.Kind == KernelLock.Shared && !taken.Contains(file);
            if (mayShare)
                leftOut.Add(file);
            bool mayWait = line.IsWaiter && leftOut.Contains(file)
                && !later.Exists(l => l.ProcessId == line.ProcessId && (l.Device, l.Inode) == file);
            if (mayShare || mayWait || !files.Contains(file))
                all.Add(line);
        }

        return all;
    }

    /// <summary>Parses "1: -> FLOCK  ADVISORY  WRITE 708 08:01:1234 0 EOF".</summary>
    public static List<ProcLockLine> Parse(string text)
    {
        // The kernel gives its table page by page; what changes meanwhile shifts the rest, and a line comes twice.
        var seen = new HashSet<ProcLockLine>();
        var lines = new List<ProcLockLine>();
        foreach (string line in text.Split('\n'))
        {
            string[] fields = line.Split([' '], StringSplitOptions.RemoveEmptyEntries);
            int first = fields.Length > 1 && fields[1] == "->" ? 2 : 1;
            if (fields.Length < first + 5 || fields[first] != "FLOCK")
                continue;
            string[] file = fields[first + 4].Split(':');
            if (file.Length != 3
                || !int.TryParse(fields[first + 3], NumberStyles.Integer, CultureInfo.InvariantCulture, out int id)
                || !ulong.TryParse(file[2], NumberStyles.None, CultureInfo.InvariantCulture, out ulong inode))
            {
                continue;
            }

            var entry = new ProcLockLine(
                first == 2,
                fields[first + 2] == "WRITE" ? KernelLock.Exclusive : KernelLock.Shared,
                id,
                file[0] + ":" + file[1],
                inode);
            if (seen.Add(entry))
                lines.Add(entry);
        }

        return lines;
    }

    // Like the kernel's own "%02x:%02x"; a device number in FileIdentity has its minor part in the lower half.
    private static string DeviceOfTable() => FileSystem.TryGetFacts(Table, out FileFacts facts)
        ? $"{facts.Identity.Device >> 32:x2}:{facts.Identity.Device & uint.MaxValue:x2}"
        : string.Empty;
}
