using System;
using ProcessDedup.Messages;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch;

/// <summary>What was fetched, and how.</summary>
public sealed record FetchResult
{
    /// <summary>Whence, without secrets.</summary>
    public string Uri { get; init; } = string.Empty;

    /// <summary>Where it is: a file, or a directory for archives and repositories. Nobody may write to it unless it is
    /// a copy at a destination of the caller's choice.</summary>
    public string Path { get; init; } = string.Empty;

    /// <summary>How it came about.</summary>
    public FetchStatus Status { get; init; }

    /// <summary>"sha256:" and the hash of the file, or of the sorted manifest of the directory.</summary>
    public string Digest { get; init; } = string.Empty;

    /// <summary>Length in bytes, of all files together for a directory.</summary>
    public long Size { get; init; }

    /// <summary>Seconds since the source was last asked.</summary>
    public double AgeSec { get; init; }

    /// <summary>How many seconds were spent waiting for another process.</summary>
    public double WaitedSec { get; init; }

    /// <summary>The process that fetched or made it, if it was another one: "PID 4711 on agent7".</summary>
    public string? Leader { get; init; }

    /// <summary>The commit, for repositories.</summary>
    public string? Revision { get; init; }

    /// <summary>True for a directory.</summary>
    public bool IsDirectory { get; init; }

    /// <summary>The name that the origin gives it.</summary>
    public string? FileName { get; init; }

    /// <summary>The substituter or coordinator that had it from another machine, without secrets; null if it came otherwise.</summary>
    public string? From { get; init; }

    /// <summary>Bytes that came over the network for this answer.</summary>
    public long TransferredBytes { get; init; }

    /// <summary>Why it is what it is, as a sentence.</summary>
    public string Reason => Why?.ToString() ?? string.Empty;

    internal LateMessage? Why { get; init; }

    /// <summary>The key under which it is cached.</summary>
    public string Key { get; init; } = string.Empty;

    internal TimeSpan Worked { get; init; }

    /// <summary>How long it took to get when somebody did.</summary>
    internal TimeSpan WorkOfLeader { get; init; }

    internal static string Shown(CacheMaker maker) => maker.ProcessId == 0
        ? Message.Of(Messages.Key.ReasonAnotherProcess)
        : Message.Of(Messages.Key.ReasonPidOn, maker.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture), maker.Host);
}
