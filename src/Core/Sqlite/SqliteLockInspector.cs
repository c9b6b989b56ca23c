using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Sqlite;

/// <summary>
/// Who has which lock on a database. The file is never opened: closing it again would drop the locks that SQLite holds on
/// it in this very process (https://sqlite.org/howtocorrupt.html, 2.2). The kernel's table has all that is needed.
/// </summary>
public static class SqliteLockInspector
{
    // os.h: PENDING_BYTE, RESERVED_BYTE, SHARED_FIRST.
    private const long Pending = 0x40000000, Reserved = Pending + 1, Shared = Pending + 2;

    // wal.c and os_unix.c: UNIX_SHM_BASE is (22+SQLITE_SHM_NLOCK)*4 = 120; eight locks; UNIX_SHM_DMS is behind them.
    private const long LogWrite = 120, LogCheckpoint = 121, LogRecover = 122, LogRead = 123, LogOpen = 128;
    private const int ReadMarks = 5;

    /// <summary>Looks at one database. Whether it is one is not looked at.</summary>
    /// <exception cref="SqliteException">It is not there or no file, or this system has no table of locks.</exception>
    public static SqliteLockStatus Inspect(string path)
    {
        SqlitePlace place = SqlitePlace.Of(path);
        place.Check(mayCreate: false);
        if (!ProcLocks.IsAvailable)
            throw SqliteFailures.LocksInvisible(place.Display);
        LockStatus? gate = File.Exists(place.File + SqliteOptions.GateSuffix) ? LockInspector.TryInspect(SqliteOptions.GateBeside(place.File)) : null;
        List<SqliteLockHolder> holders = Find(place, gate?.Holders ?? []);
        return new SqliteLockStatus
        {
            Path = place.Display,
            State = holders.Count == 0 ? SqliteLockState.Free : StateOf(holders[0].Lock),
            Holders = holders,
            GateHolders = gate?.Holders ?? [],
            Waiters = gate?.Waiters ?? [],
            Blindness = BlindnessAt(place),
        };
    }

    /// <summary>The same for messages that have something else to tell; empty if it cannot be told.</summary>
    internal static IReadOnlyList<SqliteLockHolder> TryFind(SqlitePlace place)
    {
        try
        {
            IReadOnlyList<LockHolder> gate = File.Exists(place.File + SqliteOptions.GateSuffix)
                ? LockInspector.TryFindHolders(SqliteOptions.GateBeside(place.File))
                : [];
            return Find(place, gate);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DedupException)
        {
            return [];
        }
    }

    /// <summary>Why an empty table does not prove that nobody has a lock; null if it does.</summary>
    internal static string? BlindnessAt(SqlitePlace place)
    {
        if (!ProcLocks.IsAvailable)
            return Message.Of(Key.ReasonThisSystemHasNoTableOf);
        if (place.ReasonAgainstSharing(out string type) is not null)
            return Message.Of(Key.ReasonFileSystemIsLocksOfOther, type);
        return ProcessIdentity.SeesAll ? null : Message.Of(Key.ReasonThisIsContainerLocksOfProcesses);
    }

    /// <summary>Can anybody be in the way at this stage? Asked many times, so nobody is described.</summary>
    internal static bool IsAnybodyInTheWay(SqlitePlace place, SqliteStage stage)
    {
        foreach ((SqliteLockKind kind, int? _, ProcRangeLock line) in Kinds(place))
        {
            // The connection that begins has the log open itself. While one is opened, another of this process may be in
            // its way by just that: a change of the journal wants the file to itself.
            bool isOwn = stage == SqliteStage.Begin
                && kind is SqliteLockKind.LogOpen or SqliteLockKind.LogRead
                && line.ProcessId == ProcessIdentity.Current.ProcessId;
            if (!isOwn)
                return true;
        }

        return false;
    }

    /// <summary>Has the process a lock that keeps others from writing, or from recovering the log?</summary>
    internal static bool HasExclusiveLock(SqlitePlace place, int process)
    {
        foreach ((SqliteLockKind kind, int? _, ProcRangeLock line) in Kinds(place))
        {
            if (line.ProcessId == process && line.Kind == KernelLock.Exclusive && kind != SqliteLockKind.LogOpen)
                return true;
        }

        return false;
    }

    private static SqliteLockState StateOf(SqliteLockKind strongest) => strongest switch
    {
        SqliteLockKind.LogOpen => SqliteLockState.Open,
        SqliteLockKind.LogRead or SqliteLockKind.Shared or SqliteLockKind.LogCheckpoint => SqliteLockState.Reading,
        SqliteLockKind.Reserved or SqliteLockKind.Pending or SqliteLockKind.LogWrite => SqliteLockState.Writing,
        _ => SqliteLockState.Exclusive,
    };

    private static List<SqliteLockHolder> Find(SqlitePlace place, IReadOnlyList<LockHolder> gate)
    {
        var holders = new List<SqliteLockHolder>();
        foreach ((SqliteLockKind kind, int? mark, ProcRangeLock line) in Kinds(place))
        {
            foreach (int? process in ProcessesOf(line))
                holders.Add(Describe(process, kind, mark, line.IsOpenFile, gate));
        }

        return holders.OrderByDescending(h => h.Lock).ThenBy(h => h.ProcessId).ToList();
    }

    /// <summary>Each owner's strongest lock on the database and its locks on the log.</summary>
    private static IEnumerable<(SqliteLockKind Kind, int? Mark, ProcRangeLock Line)> Kinds(SqlitePlace place)
    {
        var log = new List<(SqliteLockKind Kind, int? Mark, ProcRangeLock Line)>();
        foreach (ProcRangeLock line in ProcRangeLocks.Of(place.File + "-shm"))
            log.AddRange(OnLog(line));
        var logUsers = new HashSet<int>(log.Select(l => l.Line.ProcessId));
        var database = new Dictionary<int, (SqliteLockKind Kind, ProcRangeLock Line)>();
        foreach (ProcRangeLock line in ProcRangeLocks.Of(place.File))
        {
            // With a log every connection has SHARED for as long as it is open.
            if (OnDatabase(line) is not { } kind || kind == SqliteLockKind.Shared && logUsers.Contains(line.ProcessId))
                continue;
            if (!database.TryGetValue(line.ProcessId, out (SqliteLockKind Kind, ProcRangeLock Line) known) || known.Kind < kind)
                database[line.ProcessId] = (kind, line);
        }

        foreach ((SqliteLockKind kind, ProcRangeLock line) in database.Values)
            yield return (kind, null, line);
        foreach ((SqliteLockKind Kind, int? Mark, ProcRangeLock Line) found in log)
        {
            bool isTold = found.Kind != SqliteLockKind.LogOpen
                || !log.Exists(l => l.Kind != SqliteLockKind.LogOpen && l.Line.ProcessId == found.Line.ProcessId);
            if (isTold)
                yield return found;
        }
    }

    /// <summary>Who takes SHARED has PENDING shared for a moment: nothing of its own.</summary>
    private static SqliteLockKind? OnDatabase(ProcRangeLock line)
    {
        bool isExclusive = line.Kind == KernelLock.Exclusive;
        return line.Covers(Shared) ? isExclusive ? SqliteLockKind.Exclusive : SqliteLockKind.Shared
            : !isExclusive ? null
            : line.Covers(Pending) ? SqliteLockKind.Pending
            : line.Covers(Reserved) ? SqliteLockKind.Reserved
            : null;
    }

    private static IEnumerable<(SqliteLockKind Kind, int? Mark, ProcRangeLock Line)> OnLog(ProcRangeLock line)
    {
        if (line.Covers(LogWrite))
            yield return (SqliteLockKind.LogWrite, null, line);
        if (line.Covers(LogCheckpoint))
            yield return (SqliteLockKind.LogCheckpoint, null, line);
        if (line.Covers(LogRecover))
            yield return (SqliteLockKind.LogRecover, null, line);
        for (int mark = 0; mark < ReadMarks; mark++)
        {
            if (line.Covers(LogRead + mark))
                yield return (SqliteLockKind.LogRead, mark, line);
        }

        if (line.Covers(LogOpen))
            yield return (SqliteLockKind.LogOpen, null, line);
    }

    /// <summary>The kernel names the process of a lock; of a lock of an open file the descriptors do.</summary>
    private static IEnumerable<int?> ProcessesOf(ProcRangeLock line)
    {
        if (line.ProcessId > 0)
            return [line.ProcessId];
        IReadOnlyList<int> found = line.IsOpenFile ? ProcFileDescriptors.FindHolders(line.Device, line.Inode, "OFDLCK") : [];
        return found.Count > 0 ? found.Select(id => (int?)id) : [null];
    }

    private static SqliteLockHolder Describe(int? process, SqliteLockKind kind, int? mark, bool isOfOpenFile, IReadOnlyList<LockHolder> gate)
    {
        DateTimeOffset? since = gate.FirstOrDefault(h => h.ProcessId is not null && h.ProcessId == process)?.Since;
        return new SqliteLockHolder
        {
            ProcessId = process,
            User = process is { } owner ? ProcessOwner.TryGet(owner) : null,
            CommandLine = process is { } named ? RedactedCommandLine.TryOf(named) : null,
            ProcessStarted = process is { } started ? ProcessIdentity.StartedAt(started) : null,
            Lock = kind,
            ReadMark = mark,
            IsOfOpenFile = isOfOpenFile,
            // Who only reads does not do so by right of the gate.
            Since = kind is SqliteLockKind.LogOpen or SqliteLockKind.LogRead ? null : since,
        };
    }
}
