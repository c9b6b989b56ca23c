using System;
using System.Collections.Generic;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch.Archives;

/// <summary>What an archive says of its items that is not set on what is unpacked: permissions, extended attributes, hard links.</summary>
internal sealed class ArchivedFacts
{
    private readonly Dictionary<string, int> _modes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<ExtendedAttribute>> _extended = new(StringComparer.Ordinal);

    /// <summary>Permissions of files and directories, by path.</summary>
    public IReadOnlyDictionary<string, int> Modes => _modes;

    /// <summary>An entry becomes this item; the last one counts.</summary>
    public void Add(string path, ArchiveEntry entry)
    {
        _files.Remove(path);
        _extended.Remove(path);
        if (entry is { Kind: ArchiveEntryKind.File or ArchiveEntryKind.Directory, Permissions: { } permissions })
            _modes[path] = permissions;
        if (entry is { Kind: ArchiveEntryKind.File or ArchiveEntryKind.Directory, Attributes.Count: > 0 })
            _extended[path] = entry.Attributes;
    }

    /// <summary>An item is one more name of a file.</summary>
    public void Link(string path, string target)
    {
        // What is replaced later is another file by then: each has a name of its own here.
        if (!_files.TryGetValue(target, out string? file))
            _files[target] = file = Guid.NewGuid().ToString("N");
        _files[path] = file;
        if (_modes.TryGetValue(target, out int mode))
            _modes[path] = mode;
    }

    /// <summary>As they are kept of a tree; null if there are none.</summary>
    public TreeAttributes? AttributesOf(IReadOnlyList<TreeItem> items) => TreeAttributes.Of(items, _files, _extended);

    /// <summary>The root's own, which no entry adds.</summary>
    public void AddRoot(ArchiveEntry entry)
    {
        if (entry.Attributes.Count > 0)
            _extended[TreeTimes.Root] = entry.Attributes;
    }
}
