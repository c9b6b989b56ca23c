using System;
using System.Globalization;
using System.Text;
using ProcessDedup.Locks;
using ProcessDedup.Messages;

namespace ProcessDedup.Sqlite;

/// <summary>A process with a lock on a database, as the kernel's table has it.</summary>
public sealed record SqliteLockHolder
{
    /// <summary>Its PID; null for a lock of an open file whose process cannot be seen.</summary>
    public int? ProcessId { get; init; }

    /// <summary>Its user.</summary>
    public string? User { get; init; }

    /// <summary>Its command line, shortened, without what may be secret.</summary>
    public string? CommandLine { get; init; }

    /// <summary>When it was started; null if that cannot be told. It cannot hold the lock for longer than that.</summary>
    public DateTimeOffset? ProcessStarted { get; init; }

    /// <summary>Which lock.</summary>
    public SqliteLockKind Lock { get; init; }

    /// <summary>Of a reader of a log: which of the five marks it reads up to, from 0.</summary>
    public int? ReadMark { get; init; }

    /// <summary>True if it is held by an open file and not by a process (F_OFD_SETLK), which is not SQLite's way.</summary>
    public bool IsOfOpenFile { get; init; }

    /// <summary>
    /// Since when it has the gate beside the database, and so at most a moment longer than the lock. Null without one: the
    /// kernel keeps no time of a lock, and of a gate there is a record only after a while.
    /// </summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>For how many seconds, if that is known. Never negative, whatever the clock did.</summary>
    public double? HeldForSec => HeldFor is { } held ? Durations.Seconds(held) : null;

    internal TimeSpan? HeldFor => Since is { } since ? Elapsed(since) : null;

    /// <summary>The lock as SQLite calls it: "RESERVED", "WAL WRITE", "WAL READ 3".</summary>
    public string LockName => Lock switch
    {
        SqliteLockKind.LogOpen => "WAL open",
        SqliteLockKind.LogRead => string.Format(CultureInfo.InvariantCulture, "WAL READ {0}", ReadMark),
        SqliteLockKind.LogCheckpoint => "WAL CHECKPOINT",
        SqliteLockKind.LogWrite => "WAL WRITE",
        SqliteLockKind.LogRecover => "WAL RECOVER",
        _ => Lock.ToString().ToUpperInvariant(),
    };

    /// <summary>"python3 job.py (PID 4711, user ci, RESERVED for 12 s)".</summary>
    public string Describe()
    {
        var text = new StringBuilder(string.IsNullOrEmpty(CommandLine) ? Message.Of(Key.ReasonProcess) : CommandLine);
        text.Append(" (").Append(ProcessId is { } id
            ? "PID " + id.ToString(CultureInfo.InvariantCulture)
            : Message.Of(Key.ReasonPidNotVisibleFromHere));
        if (!string.IsNullOrEmpty(User))
            text.Append(", user ").Append(User);
        text.Append(", ").Append(LockName);
        if (HeldFor is { } held)
            text.Append(" for ").Append(Durations.Describe(held));
        else if (ProcessStarted is { } started)
            text.Append(", started ").Append(Durations.Describe(Elapsed(started))).Append(" ago");
        return text.Append(')').ToString();
    }

    /// <inheritdoc/>
    public override string ToString() => Describe();

    private static TimeSpan Elapsed(DateTimeOffset since) => TimeSpan.FromTicks(Math.Max(0, (DateTimeOffset.Now - since).Ticks));
}
