using System;
using System.Collections.Generic;
using System.Globalization;
using ProcessDedup.Messages;

namespace ProcessDedup.Locks;

/// <summary>What a table says of a lock, in a few characters each: the module, the program and live views say the same.</summary>
public static class LockText
{
    // "pw…": fewer tell nothing.
    private const int LeastProgram = 3;

    /// <summary>The name; "(fleet)" follows one of many machines.</summary>
    public static string Name(LockStatus status) => Given(status).Coordinator is null ? status.Name : status.Name + " (fleet)";

    /// <summary>"free", "held", "shared by 3", "2 of 4 slots"; "unknown" if somebody holds it who cannot be seen.</summary>
    public static string State(LockStatus status) => Given(status).State switch
    {
        LockState.Free => "free",
        LockState.Exclusive => "held",
        LockState.Unknown => "unknown",
        LockState.Shared => Message.Of(Key.ReasonSharedBy, status.Holders?.Count ?? 0),
        _ => Message.Of(Key.ReasonOfSlots, status.Holders?.Count ?? 0, status.Slots),
    };

    /// <summary>"pwsh (PID 4711)"; the machine, if it is another one.</summary>
    public static string Holder(LockHolder holder)
    {
        ArgumentNullException.ThrowIfNull(holder);
        return Process(holder.CommandLine, holder.ProcessId, holder.Host, holder.IsStopped);
    }

    /// <summary>The same of any process.</summary>
    public static string Process(string? commandLine, int? processId, string? machine, bool isStopped = false)
    {
        string program = commandLine ?? string.Empty;
        int end = program.IndexOf(' ');
        string id = processId is { } pid ? "PID " + pid.ToString(CultureInfo.InvariantCulture) : Message.Of(Key.ReasonPidNotVisible);
        string host = string.IsNullOrEmpty(machine) || machine == Environment.MachineName ? string.Empty : Message.Of(Key.ReasonHost, machine);
        if (isStopped)
            host += Message.Of(Key.ReasonStopped);
        return $"{(program.Length == 0 ? Message.Of(Key.ReasonProcess) : end > 0 ? program.Substring(0, end) : program)} ({id}{host})";
    }

    /// <summary>The same in so many cells.</summary>
    public static string Holder(LockHolder holder, int cells) => ShortenHolder(Holder(holder), cells);

    /// <summary>
    /// Such a text in so many cells. Of the program is cut before its PID is, and then it goes: the PID is what people go on with,
    /// and what was typed to start it stands elsewhere.
    /// </summary>
    internal static string ShortenHolder(string holder, int cells)
    {
        int end = holder.IndexOf(" (", StringComparison.Ordinal);
        if (end < 0)
            return CellText.Shorten(holder, cells);
        string program = holder.Substring(0, end), identity = holder.Substring(end);
        int room = cells - CellText.Width(identity);
        return room < LeastProgram
            ? CellText.Shorten(identity.Trim(' ', '(', ')'), cells)
            : CellText.Start(program, room) + identity;
    }

    /// <summary>"12 s"; empty if nobody knows.</summary>
    public static string HeldFor(LockHolder holder) =>
        holder?.HeldFor is { } held ? Durations.Describe(held) : string.Empty;

    /// <summary>What it needs the lock for and how far it is; if it does not say, what was typed to start it.</summary>
    public static string Doing(LockHolder holder)
    {
        ArgumentNullException.ThrowIfNull(holder);
        string said = string.IsNullOrEmpty(holder.Progress) ? holder.Reason ?? string.Empty
            : string.IsNullOrEmpty(holder.Reason) ? holder.Progress!
            : holder.Reason + ", " + holder.Progress;
        return said.Length > 0 ? said : holder.CommandLine ?? string.Empty;
    }

    /// <summary>What is to be said of the lock as a whole: that it is held too long, or that its holder died.</summary>
    public static string? Remark(LockStatus status) => Given(status).Overdue
        ?? (status.CrashedHolder is { } crashed ? Message.Of(Key.ReasonDiedHoldingIt, crashed.Describe()) : null);

    private static LockStatus Given(LockStatus status) => status ?? throw new ArgumentNullException(nameof(status));

    /// <summary>The locks as rows of a table: each holder has one of its own, below the first one's.</summary>
    internal static IEnumerable<string[]> Rows(IEnumerable<LockStatus> all)
    {
        foreach (LockStatus status in all)
        {
            string waiting = status.Waiters.Count == 0 ? string.Empty : status.Waiters.Count.ToString(CultureInfo.InvariantCulture);
            string remark = Remark(status) ?? string.Empty;
            if (status.Holders.Count == 0)
                yield return [Name(status), State(status), string.Empty, waiting, string.Empty, remark];
            for (int i = 0; i < status.Holders.Count; i++)
            {
                LockHolder holder = status.Holders[i];
                string doing = Doing(holder) + (i > 0 || remark.Length == 0 ? string.Empty : $" ({remark})");
                yield return i == 0
                    ? [Name(status), State(status), HeldFor(holder), waiting, Holder(holder), doing]
                    : [string.Empty, string.Empty, HeldFor(holder), string.Empty, Holder(holder), doing];
            }
        }
    }
}
