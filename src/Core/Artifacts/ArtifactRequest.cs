using System;
using ProcessDedup.Coordination;
using ProcessDedup.Fetch;
using ProcessDedup.Substituters;

namespace ProcessDedup.Artifacts;

/// <summary>Which artifact is wanted, where, and how long to wait for it.</summary>
public sealed record ArtifactRequest
{
    /// <summary>Wants an artifact.</summary>
    public ArtifactRequest(ArtifactKey key) => Key = key ?? throw new ArgumentNullException(nameof(key));

    /// <summary>Which one.</summary>
    public ArtifactKey Key { get; }

    /// <summary>Other stores that are asked before anything is built.</summary>
    public SubstituterOptions Substituters { get; init; } = new();

    /// <summary>
    /// Longest time for all of it, waiting for other processes and transfers included; zero is for ever. A build that has
    /// begun is not cut short.
    /// </summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>Fail at once where another process is at it.</summary>
    public bool NoWait { get; init; }

    /// <summary>When another process takes longer than <see cref="Timeout"/>, do the work too instead of failing.</summary>
    public bool ProceedOnTimeout { get; init; }

    /// <summary>See <see cref="FetchRequest.StallTimeout"/>.</summary>
    public TimeSpan StallTimeout { get; init; }

    /// <summary>
    /// To save: what is there already must be the same. For a key that does not say what the content depends on, as nobody could
    /// tell otherwise that something else was kept.
    /// </summary>
    public bool MustBeSame { get; init; }

    /// <summary>Make or save it anew, even if it is there.</summary>
    public bool Force { get; init; }

    /// <summary>
    /// Where a copy is to be put; an artifact that is a file is put into a directory that is there. Null gives the path in
    /// the store, which nobody may write to.
    /// </summary>
    public string? Destination { get; init; }

    /// <summary>The copy may be hard links into the store, as nobody will write to it.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Take the copy's content on trust: it was checked when it came into the store, and may have been damaged since.</summary>
    public bool SkipVerification { get; init; }

    /// <summary>
    /// Keep links that are absolute or lead out of the tree, in what is built or saved and in what a substituter has. What is in
    /// the local store already was let in by somebody. See <see cref="FetchRequest.AllowOutwardLinks"/>.
    /// </summary>
    public bool AllowOutwardLinks { get; init; }

    /// <summary>
    /// Keep extended attributes (user.*, file capabilities, access lists) of what is built or saved, and give them to the copy at
    /// <see cref="Destination"/>. What is in the store itself has none. Linux only.
    /// </summary>
    public bool KeepExtendedAttributes { get; init; }

    /// <summary>See <see cref="Locks.LockRequest.AllowNetworkFileSystem"/>.</summary>
    public bool AllowNetworkFileSystem { get; init; }

    /// <summary>See <see cref="Locks.LockRequest.Flow"/>.</summary>
    public object? Flow { get; init; }

    /// <summary>See <see cref="FetchRequest.IsForParent"/>.</summary>
    public bool IsForParent { get; init; }

    /// <summary>
    /// The coordinator of the machines of which one builds; null: this machine alone. <see cref="PublishTo"/> and
    /// <see cref="Substituters"/> are needed with it: else the others could only wait, and build it too.
    /// </summary>
    public Coordinator? Coordinator { get; init; }

    /// <summary>The substituter to which what was built is published at once; null: none.</summary>
    public string? PublishTo { get; init; }

    /// <summary>Path of a PEM file with the key that signs what is published; null for no signature.</summary>
    public string? SigningKey { get; init; }

    /// <summary>Where to look how far it is; one object a request.</summary>
    public FetchActivity Activity { get; init; } = new();

    internal FetchRequest ToFetch() => new(Key.Name)
    {
        Timeout = Timeout,
        NoWait = NoWait,
        ProceedOnTimeout = ProceedOnTimeout,
        StallTimeout = StallTimeout,
        AllowOutwardLinks = AllowOutwardLinks,
        AllowNetworkFileSystem = AllowNetworkFileSystem,
        Flow = Flow,
        Coordinator = Coordinator,
        IsForParent = IsForParent,
        Activity = Activity,
    };
}
