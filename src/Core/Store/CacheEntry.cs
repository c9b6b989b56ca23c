using System;
using ProcessDedup.Fetch.Http;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>Who made an entry.</summary>
/// <param name="ProcessId">Its PID on its machine, in its container.</param>
/// <param name="Host">Its machine.</param>
/// <param name="User">Its user.</param>
public sealed record CacheMaker(int ProcessId, string Host, string User)
{
    /// <summary>"PID 4711, ci@agent7".</summary>
    public override string ToString() => ProcessId == 0 ? string.Empty : FormattableString.Invariant($"PID {ProcessId}, {User}@{Host}");
}

/// <summary>What is cached for a key: which content, whence, since when, and until when it is fresh.</summary>
internal sealed record CacheEntry
{
    /// <summary>SHA-256 of what is asked for, as 64 hexadecimal digits.</summary>
    public string Key { get; init; } = string.Empty;

    /// <summary>How it is got: "http", "file", "git", "unpack", "script", …</summary>
    public string Kind { get; init; } = string.Empty;

    /// <summary>True for the result of work that is done once, whose content is read and whose path nobody is given.</summary>
    public bool IsOnce => Kind == OnceKind;

    /// <summary>The kind of such a result.</summary>
    public const string OnceKind = "once";

    /// <summary>Whence, fit to be shown.</summary>
    public string Source { get; init; } = string.Empty;

    /// <summary>The blob's or the tree's digest; null for an entry that is only an answer (a commit of a branch).</summary>
    public string? Digest { get; init; }

    /// <summary>Is the digest that of a tree?</summary>
    public bool IsTree { get; init; }

    /// <summary>Length of the blob, or of all files of the tree, in bytes.</summary>
    public long Size { get; init; }

    /// <summary>The name that it came with.</summary>
    public string? FileName { get; init; }

    /// <summary>The commit that a branch or tag meant, or that a tree was made of.</summary>
    public string? Revision { get; init; }

    /// <summary>When this content came.</summary>
    public DateTimeOffset FetchedAt { get; init; }

    /// <summary>
    /// When the source was last asked, by the clock: what came may be as old as that.
    /// </summary>
    public DateTimeOffset ValidatedAt { get; init; }

    /// <summary>
    /// When the answer was complete. It is fresh for everybody who had asked before: they joined this flight.
    /// </summary>
    public MachineMoment Committed { get; init; }

    /// <summary>How long it took to get.</summary>
    public TimeSpan Work { get; init; }

    /// <summary>Who committed it: the maker, or who has asked the source since.</summary>
    public CacheMaker Committer { get; init; } = new(0, string.Empty, string.Empty);

    /// <summary>Who got it.</summary>
    public CacheMaker Maker { get; init; } = new(0, string.Empty, string.Empty);

    /// <summary>What the origin said of it; null for what came otherwise.</summary>
    public HttpMetadata? Http { get; init; }

    /// <summary>Another hash that the content was checked against, "sha512:…"; null if none was.</summary>
    public string? Integrity { get; init; }

    /// <summary>How the source looked when it was read, for sources that can be looked at: size and time of a file.</summary>
    public string? Stamp { get; init; }

    /// <summary>Digest of the times of the tree's items (<see cref="TreeTimes"/>); null if they do not count.</summary>
    public string? Times { get; init; }

    /// <summary>Digest of the tree's hard links and extended attributes (<see cref="TreeAttributes"/>); null if it has none.</summary>
    public string? Attributes { get; init; }

    /// <summary>Does the tree hold the path that leads to it, so that the path must be there?</summary>
    public bool IsFinal { get; init; }

    /// <summary>The substituter that it came from; null if it was got or made here.</summary>
    public string? From { get; init; }

    /// <summary>This process as a maker.</summary>
    public static CacheMaker ThisProcess { get; } =
        new(ProcessIdentity.Current.ProcessId, Environment.MachineName, UserNames.Current);

    /// <summary>An entry by this process, as of now.</summary>
    public static CacheEntry New(string key, string kind, string source) => new()
    {
        Key = key,
        Kind = kind,
        Source = source,
        FetchedAt = DateTimeOffset.UtcNow,
        ValidatedAt = DateTimeOffset.UtcNow,
        Maker = ThisProcess,
    };

    /// <summary>Is this content what was expected, as far as is known?</summary>
    public bool IsKnownToBe(ContentHash expected) =>
        expected.Algorithm == ContentHash.Sha256 ? !IsTree && Digest == expected.Hex : Integrity == expected.ToString();

    /// <summary>Time since it was validated; null if that was in the future, as after the clock was set back.</summary>
    public TimeSpan? Age(DateTimeOffset now) => now >= ValidatedAt ? now - ValidatedAt : null;

    /// <summary>Is it fresh for a reader who takes what is at most that old?</summary>
    public bool IsYoungerThan(TimeSpan most, DateTimeOffset now) => Age(now) is { } age && age < most;
}
