using System.Collections.Generic;
using ProcessDedup.Messages;

namespace ProcessDedup.Locks;

/// <summary>Whether and how a lock is held.</summary>
public enum LockState
{
    /// <summary>Nobody holds it.</summary>
    Free,

    /// <summary>One holder.</summary>
    Exclusive,

    /// <summary>Shared holders.</summary>
    Shared,

    /// <summary>Some of its slots are held.</summary>
    Slots,

    /// <summary>Held by a process that cannot be seen from here and has left no record: in another container, by another program.</summary>
    Unknown,
}

/// <summary>A lock as it was seen at one moment, without taking it.</summary>
public sealed record LockStatus
{
    private readonly IReadOnlyList<LockWaiter> _waiters = new ReadableList<LockWaiter>([]);
    private readonly IReadOnlyList<LockHolder> _holders = new ReadableList<LockHolder>([]);

    /// <summary>The lock's name, or its path.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>The lock file.</summary>
    public string LockFile { get; init; } = string.Empty;

    /// <summary>The coordinator that has the lock for a fleet; null for a lock of this machine.</summary>
    public string? Coordinator { get; init; }

    /// <summary>Free, or how it is held.</summary>
    public LockState State { get; init; }

    /// <summary>Number of slots; null for a lock never used with slots.</summary>
    public int? Slots { get; init; }

    /// <summary>Who holds it.</summary>
    public IReadOnlyList<LockHolder> Holders
    {
        get => _holders;
        init => _holders = new ReadableList<LockHolder>(value);
    }

    /// <summary>Who waits for it, next one first.</summary>
    public IReadOnlyList<LockWaiter> Waiters
    {
        get => _waiters;
        init => _waiters = new ReadableList<LockWaiter>(value);
    }

    /// <summary>The holder that died holding it, if nobody has taken the lock since.</summary>
    public LockHolder? CrashedHolder { get; init; }

    /// <summary>Whose the name is; null if nobody has registered it or a name above it.</summary>
    public RegisteredName? Registration { get; init; }

    /// <summary>Says so if it is held for longer than its team has registered; else null.</summary>
    public string? Overdue => Registration?.Excess(Holders);

    /// <summary>
    /// True where the state comes from the kernel; false where only the holders' own records tell (macOS, Windows).
    /// </summary>
    public bool IsFromKernel { get; init; }
}
