using System;
using System.Collections.Generic;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch.Archives;

/// <summary>What an archive says of its items that is not set on what is unpacked: permissions, extended attributes, hard links.</summary>
internal sealed class ArchivedFacts
{
    private const int SpecialBits = 0xe00; // 07000

    private readonly Dictionary<string, int> _modes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<ExtendedAttribute>> _extended = new(StringComparer.Ordinal);

    /// <summary>Permissions of files and directories, by path.</summary>
    public IReadOnlyDictionary<string, int> Modes => _modes;

    /// <summary>What of it is not set on what is unpacked, as a sentence; null: nothing but usual permissions.</summary>
    public string? Dropped(string archive)
    {
        var dropped = new List<string>();
        string? first = null;
        int special = 0;
        foreach ((string path, int mode) in _modes)
        {
            if ((mode & SpecialBits) == 0)
                continue;
            special++;
            first ??= path;
        }

        if (first is not null)
            dropped.Add(Message.Of(Key.ReasonDropsSpecialBits, special, FetchFailures.Shown(first)));
        if (_extended.Count > 0)
            dropped.Add(Message.Of(Key.ReasonDropsArchivedAttributes, _extended.Count));
        return dropped.Count == 0 ? null : Message.Of(Key.NoticeArchiveDrops, archive, string.Join("; ", dropped));
    }

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
