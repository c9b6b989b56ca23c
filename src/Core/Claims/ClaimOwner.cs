using System;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Claims;

/// <summary>The process that has a claim, as it was when it claimed. It tells people; only time and tokens decide.</summary>
public sealed record ClaimOwner
{
    /// <summary>Its PID, in its own container.</summary>
    public int ProcessId { get; init; }

    /// <summary>
    /// When it started. Linux: clock ticks since boot (proc_pid_stat(5), field 22); elsewhere 100 ns ticks in UTC. With the
    /// PID and the boot it names one life of one process.
    /// </summary>
    public long ProcessStart { get; init; }

    /// <summary>Linux: /proc/sys/kernel/random/boot_id; elsewhere empty.</summary>
    public string BootId { get; init; } = string.Empty;

    /// <summary>Linux: its PID namespace; elsewhere empty.</summary>
    public string ProcessNamespace { get; init; } = string.Empty;

    /// <summary>Its user.</summary>
    public string User { get; init; } = string.Empty;

    /// <summary>Its machine.</summary>
    public string Machine { get; init; } = string.Empty;

    /// <summary>Its command line, shortened, without what may be secret.</summary>
    public string CommandLine { get; init; } = string.Empty;

    /// <summary>
    /// True if it is certain that the process is gone. That frees nothing: a claim without a lease stays, and one with a
    /// lease lasts until its end, as what the owner did may have been done, or half done.
    /// </summary>
    public bool IsGone => Machine == Environment.MachineName
        && new ProcessIdentity(ProcessId, ProcessStart, BootId, ProcessNamespace).IsGone;

    /// <summary>"pwsh (PID 4711, user ci)".</summary>
    public string Describe() => Message.Of(
        Key.ReasonPidUser, CommandLine.Length == 0 ? Message.Of(Key.ReasonProcess) : CommandLine, ProcessId, User,
        Machine == Environment.MachineName ? string.Empty : Message.Of(Key.ReasonHost, Machine));

    /// <inheritdoc/>
    public override string ToString() => Describe();
}
