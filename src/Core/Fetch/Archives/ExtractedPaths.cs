using System;
using System.Collections.Generic;
using ProcessDedup.Messages;

namespace ProcessDedup.Fetch.Archives;

/// <summary>The paths that an archive has taken, so that no entry replaces, or goes through, another one.</summary>
internal sealed class ExtractedPaths(bool isCaseIgnored)
{
    private readonly Dictionary<string, (string Path, ArchiveEntryKind Kind)> _taken =
        new(isCaseIgnored ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);

    public StringComparer Comparer => isCaseIgnored ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    /// <summary>Was the last path refused for its case alone?</summary>
    public bool IsOnlyCase { get; private set; }

    /// <summary>Takes a path; says why that cannot be, or null.</summary>
    /// <param name="path">With '/'.</param>
    /// <param name="kind">Of the entry. A directory may come twice: it has nothing that could be replaced.</param>
    /// <param name="replaces">May it take the place of a file or link of exactly this name?</param>
    /// <param name="replaced">What it takes the place of; null if the path was free.</param>
    /// <param name="missing">The directories to make first, outermost first.</param>
    public string? ReasonAgainst(string path, ArchiveEntryKind kind, bool replaces, out ArchiveEntryKind? replaced, out List<string> missing)
    {
        replaced = null;
        missing = [];
        for (int slash = path.IndexOf('/'); slash >= 0; slash = path.IndexOf('/', slash + 1))
        {
            if (ReasonAgainstDirectory(path.Substring(0, slash), missing) is { } reason)
                return reason;
        }

        if (kind == ArchiveEntryKind.Directory)
            return ReasonAgainstDirectory(path, missing);
        if (_taken.TryGetValue(path, out (string Path, ArchiveEntryKind Kind) other))
        {
            // Never a directory: what is in it would be lost, or be found through what comes instead.
            if (other.Path != path)
                return OnlyCase(other.Path);
            if (!replaces || other.Kind == ArchiveEntryKind.Directory)
                return Message.Of(Key.ReasonComesTwice);
            replaced = other.Kind;
        }

        _taken[path] = (path, kind);
        return null;
    }

    /// <summary>Is this a file, by exactly this name?</summary>
    public bool IsFile(string path) => Is(path, ArchiveEntryKind.File);

    /// <summary>Is this a symbolic link, by exactly this name?</summary>
    public bool IsLink(string path) => Is(path, ArchiveEntryKind.SymbolicLink);

    private string OnlyCase(string other)
    {
        IsOnlyCase = true;
        return Message.Of(Key.ReasonDiffersOnlyInCaseFrom, other);
    }

    private bool Is(string path, ArchiveEntryKind kind) =>
        _taken.TryGetValue(path, out (string Path, ArchiveEntryKind Kind) taken) && taken.Path == path && taken.Kind == kind;

    private string? ReasonAgainstDirectory(string path, List<string> missing)
    {
        if (!_taken.TryGetValue(path, out (string Path, ArchiveEntryKind Kind) other))
        {
            _taken.Add(path, (path, ArchiveEntryKind.Directory));
            missing.Add(path);
            return null;
        }

        if (other.Path != path)
            return OnlyCase(other.Path);
        return other.Kind == ArchiveEntryKind.Directory ? null : Message.Of(Key.ReasonGoesThroughWhichIsNoDirectory, path);
    }
}
