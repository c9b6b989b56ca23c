using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>A process that holds a lock, as far as it is known.</summary>
public sealed record LockHolder
{
    // Two of them and a PID fit into 80 columns.
    private const int LongestBriefText = 24;

    /// <summary>Its PID; null if it is in another container or on another machine.</summary>
    public int? ProcessId { get; init; }

    /// <summary>Its machine.</summary>
    public string? Host { get; init; }

    /// <summary>Its user.</summary>
    public string? User { get; init; }

    /// <summary>Its command line: the program and what is known to be harmless; <see cref="ReadCommandLine"/> has the rest.</summary>
    public string? CommandLine { get; init; }

    /// <summary>How it holds the lock.</summary>
    public LockMode Mode { get; init; }

    /// <summary>Which slot, counted from 1.</summary>
    public int? Slot { get; init; }

    /// <summary>What it needs the lock for.</summary>
    public string? Reason { get; init; }

    /// <summary>How far it is.</summary>
    public string? Progress { get; init; }

    /// <summary>Since when it holds the lock; null for a lock held for a moment only, or by another program.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>
    /// True if the system confirms that this very process (same start time, not a reused PID) holds the lock.
    /// </summary>
    public bool IsVerified { get; init; }

    /// <summary>
    /// True if it stands still and keeps the lock meanwhile: stopped by a signal (Ctrl+Z, SIGSTOP, SIGTTOU) or a debugger, or
    /// its control group is frozen (<c>docker pause</c>). False where that cannot be seen.
    /// </summary>
    public bool IsStopped { get; init; }

    /// <summary>Of this holder nothing is known but that there is one.</summary>
    internal bool IsUnseen { get; init; }

    /// <summary>Which life of which process it is; null if it cannot be told.</summary>
    internal ProcessIdentity? Identity { get; init; }

    /// <summary>For how many seconds it has held the lock; null if unknown. Never negative, whatever the clock did.</summary>
    public double? HeldForSec => HeldFor is { } held ? Durations.Seconds(held) : null;

    internal TimeSpan? HeldFor => Since is { } since
        ? TimeSpan.FromTicks(Math.Max(0, (DateTimeOffset.Now - since).Ticks))
        : null;

    /// <summary>
    /// Its whole command line, secrets included, read at this moment from the process itself; no record has it. Null unless it is
    /// a running process of the same user on this machine (Linux).
    /// </summary>
    public string? ReadCommandLine() => Identity is { IsAlive: true } process ? LiveCommandLine.TryRead(process) : null;

    /// <summary>"pwsh (PID 4711, user ci) for 12 s: restoring packages, 40 of 200 MB".</summary>
    public string Describe()
    {
        var text = new StringBuilder();
        text.Append(string.IsNullOrEmpty(CommandLine) ? Message.Of(Key.ReasonProcess) : CommandLine);
        text.Append(" (");
        text.Append(ProcessId is { } id
            ? "PID " + id.ToString(CultureInfo.InvariantCulture)
            : Message.Of(Key.ReasonPidNotVisibleFromHere));
        if (!string.IsNullOrEmpty(User))
            text.Append(", user ").Append(User);
        if (!string.IsNullOrEmpty(Host) && Host != Environment.MachineName)
            text.Append(", host ").Append(Host);
        text.Append(')');
        if (HeldFor is { } held)
            text.Append(" for ").Append(Durations.Describe(held));
        if (IsStopped)
            text.Append(Message.Of(Key.ReasonHolderIsStopped));
        if (!string.IsNullOrEmpty(Reason))
            text.Append(": ").Append(Reason);
        if (!string.IsNullOrEmpty(Progress))
            text.Append(string.IsNullOrEmpty(Reason) ? ": " : ", ").Append(Progress);
        return text.ToString();
    }

    /// <summary>The same for a line of 80 columns: PID, time and reason first; of the command line only the program's name.</summary>
    public string DescribeBriefly()
    {
        string program = CommandLine?.Split(' ')[0] ?? string.Empty;
        var facts = new List<string>
        {
            ProcessId is { } id ? "PID " + id.ToString(CultureInfo.InvariantCulture) : Message.Of(Key.ReasonPidNotVisibleFromHere),
        };
        if (HeldFor is { } held)
            facts.Add(Durations.Describe(held));
        if (!string.IsNullOrEmpty(Reason))
            facts.Add(Shortened.To(Reason, LongestBriefText));
        if (!string.IsNullOrEmpty(Progress))
            facts.Add(Shortened.To(Progress, LongestBriefText));
        if (!string.IsNullOrEmpty(Host) && Host != Environment.MachineName)
            facts.Add(Host);
        if (program.Length > 0)
            facts.Add(Shortened.To(program[(program.LastIndexOfAny(['/', '\\']) + 1)..], LongestBriefText));
        return string.Join(", ", facts) + (IsStopped ? Message.Of(Key.ReasonHolderIsStopped) : string.Empty);
    }

    /// <inheritdoc/>
    public override string ToString() => Describe();
}

/// <summary>A process that waits for a lock.</summary>
public sealed record LockWaiter
{
    /// <summary>Its PID.</summary>
    public int ProcessId { get; init; }

    /// <summary>Its place in the queue, counted from 1; the kernel's order.</summary>
    public int Position { get; init; }

    /// <summary>Its machine; null if it is this one.</summary>
    public string? Host { get; init; }

    /// <summary>Its user.</summary>
    public string? User { get; init; }

    /// <summary>Its command line, shortened, without what may be secret.</summary>
    public string? CommandLine { get; init; }

    /// <inheritdoc/>
    public override string ToString() => string.Format(
        CultureInfo.InvariantCulture, "{0} (PID {1}{2})", CommandLine ?? Message.Of(Key.ReasonProcess), ProcessId,
        string.IsNullOrEmpty(Host) || Host == Environment.MachineName ? string.Empty : ", host " + Host);
}
