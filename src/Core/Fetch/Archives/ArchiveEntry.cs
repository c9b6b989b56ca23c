using System;
using System.Collections.Generic;
using System.IO;
using ProcessDedup.Platform;

namespace ProcessDedup.Fetch.Archives;

/// <summary>What an entry of an archive is to become.</summary>
internal enum ArchiveEntryKind
{
    File,
    Directory,
    SymbolicLink,
    HardLink,

    /// <summary>A device, a pipe, a socket: nothing that is ever unpacked.</summary>
    Special,

    /// <summary>Something that only the program understands that made the archive.</summary>
    Unknown,
}

/// <summary>One entry as the archive has it: nothing in it has been checked.</summary>
/// <param name="Name">As it is written.</param>
/// <param name="Kind">What it is.</param>
/// <param name="IsExecutable">Its owner may run it.</param>
/// <param name="LinkTarget">What a link says.</param>
/// <param name="Length">Announced length of the content in bytes.</param>
/// <param name="Content">Of a file; good until the next entry is asked for.</param>
/// <param name="Permissions">As written, which may be anything; null: it is not told.</param>
internal sealed record ArchiveEntry(
    string Name, ArchiveEntryKind Kind, bool IsExecutable, string? LinkTarget, long Length, Stream? Content, int? Permissions = null)
{
    /// <summary>When it was last modified, in nanoseconds since 1970-01-01 UTC; null: it is not told, or is no time.</summary>
    public long? Modified { get; init; }

    /// <summary>Extended attributes as written; they are never set by unpacking.</summary>
    public IReadOnlyList<ExtendedAttribute> Attributes { get; init; } = [];

    /// <summary>Does the content have holes, which need not be written?</summary>
    public bool IsSparse { get; init; }

    /// <summary>Does this kind of archive replace a file or link by a later one of the same name (tar -r)?</summary>
    public bool ReplacesEarlier { get; init; }
}

/// <summary>
/// Reads one kind of archive from its beginning to its end. Whatever its methods and streams throw besides
/// <see cref="FetchException"/> and <see cref="OperationCanceledException"/> means: damaged.
/// </summary>
internal interface IArchiveReader : IDisposable
{
    /// <summary>The next entry; null at an end that is known to be the end.</summary>
    ArchiveEntry? Next();
}
