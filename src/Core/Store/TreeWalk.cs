using System;
using System.Collections.Generic;
using System.IO;
using System.Security.Cryptography;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>Lists a directory with all that is in it. Links are listed, never followed.</summary>
/// <param name="root">The directory.</param>
/// <param name="keepsModes">Are modes recorded, or the executable bit alone? Windows has neither.</param>
/// <param name="allowsOutwardLinks">May links lead out of the directory? They are never followed.</param>
/// <param name="cancellation">Ends it.</param>
internal sealed class TreeWalk(string root, bool keepsModes, bool allowsOutwardLinks, CancellationToken cancellation)
{
    private const int BufferSize = 1 << 20;

    private readonly List<TreeItem> _items = [];
    private readonly Dictionary<string, long> _modified = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Hash, long Size)> _hashes = new(StringComparer.Ordinal);
    private readonly byte[] _buffer = new byte[BufferSize];

    /// <summary>When each item was last modified, by path, as it was before it was read; see <see cref="TreeTimes"/>.</summary>
    public IReadOnlyDictionary<string, long> Modified => _modified;

    /// <summary>Which file a path names, for files that have several names. They are hashed once.</summary>
    public IReadOnlyDictionary<string, string> Files => _files;

    /// <summary>In no particular order.</summary>
    /// <exception cref="FetchException">
    /// <see cref="FetchError.StoreUnsafe"/>: there is something that no tree may hold. Others: it cannot be read.
    /// </exception>
    public List<TreeItem> Run()
    {
        try
        {
            if (!FileSystem.TryGetFacts(root, out FileFacts facts) || facts.Type != FileType.Directory)
                throw FetchFailures.TreeUnsafe(root, Message.Of(Key.ReasonNoDirectory));
            _modified[TreeTimes.Root] = facts.ModifiedNanoseconds;
            // A stack of its own: a tree may be deeper than the thread's.
            var ahead = new Stack<string>();
            ahead.Push(string.Empty);
            while (ahead.Count > 0)
                List(ahead.Pop(), ahead);
            CheckLinks();
            return _items;
        }
        catch (PlatformException e)
        {
            throw FetchFailures.FromPlatform(root, e);
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            throw FetchFailures.FromPlatform(root, ManagedFailures.Translate("read", root, e));
        }
    }

    private void List(string directory, Stack<string> ahead)
    {
        cancellation.ThrowIfCancellationRequested();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFileSystemEntries(Path.Combine(root, directory)))
        {
            string name = Path.GetFileName(path);
            string relative = directory.Length == 0 ? name : directory + "/" + name;
            // Bytes that are not UTF-8 become U+FFFD, so that two names may look like one, or like none that exists.
            if (!IsUnicode(name) || !names.Add(name) || !FileSystem.TryGetFacts(path, out FileFacts facts))
                throw FetchFailures.TreeUnsafe(path, Message.Of(Key.ReasonNameIsNotValidUnicodeOr));
            _modified[relative] = facts.ModifiedNanoseconds;
            Add(path, relative, facts);
            if (facts.Type == FileType.Directory)
                ahead.Push(relative);
        }
    }

    private void Add(string path, string relative, in FileFacts facts)
    {
        switch (facts.Type)
        {
            case FileType.Directory:
                _items.Add(Moded(new TreeItem(relative, TreeItemKind.Directory, false, 0, null, null), facts));
                break;
            case FileType.SymbolicLink:
                string? target = SymbolicLinks.TryRead(path);
                if (target is null || !IsUnicode(target) || target.Contains('\ufffd'))
                    throw FetchFailures.TreeUnsafe(path, Message.Of(Key.ReasonLinkThatCannotBeReadOr));
                _items.Add(new TreeItem(relative, TreeItemKind.Link, false, 0, null, target));
                break;
            case FileType.Regular:
                (string hash, long size) = HashOf(path, relative, facts);
                bool isExecutable = TreeMode.IsExecutable(facts.Permissions);
                _items.Add(Moded(new TreeItem(relative, TreeItemKind.File, isExecutable, size, hash, null), facts));
                break;
            default:
                throw FetchFailures.TreeUnsafe(path, Message.Of(Key.ReasonDevicePipeOrSocket));
        }
    }

    private TreeItem Moded(TreeItem item, in FileFacts facts) =>
        keepsModes && !OperatingSystemKind.IsWindows ? item.WithMode(facts.Permissions) : item;

    private (string Hash, long Size) HashOf(string path, string relative, in FileFacts facts)
    {
        if (facts.Links < 2 || OperatingSystemKind.IsWindows)
            return HashOf(path);
        string file = $"{facts.Identity.Device:x}:{facts.Identity.Inode:x}";
        _files[relative] = file;
        return _hashes.TryGetValue(file, out (string Hash, long Size) known) ? known : _hashes[file] = HashOf(path);
    }

    private (string Hash, long Size) HashOf(string path)
    {
        using var file = SourceFile.OpenStream(path);
        using IncrementalHash hash = ContentHash.Begin(ContentHash.Sha256);
        long size = 0;
        while (file.Read(_buffer, 0, _buffer.Length) is int read and > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            hash.AppendData(_buffer, 0, read);
            size += read;
        }

        return (ContentHash.ToHex(hash.GetHashAndReset()), size);
    }

    private void CheckLinks()
    {
        var targets = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (TreeItem item in _items)
        {
            if (item.Kind == TreeItemKind.Link)
                targets[item.Path] = item.LinkTarget!;
        }

        foreach (KeyValuePair<string, string> link in targets)
        {
            string? reason = TreeLinks.ReasonAgainst(
                link.Key, link.Value, path => targets.TryGetValue(path, out string? next) ? next : null, out bool isOutward);
            if (reason is not null && isOutward && !allowsOutwardLinks)
                throw FetchFailures.TreeLinkLeadsOut(Path.Combine(root, link.Key), Message.Of(Key.ReasonItself, reason));
            if (reason is not null && !isOutward)
                throw FetchFailures.TreeUnsafe(Path.Combine(root, link.Key), Message.Of(Key.ReasonItself, reason));
        }
    }

    private static bool IsUnicode(string name)
    {
        for (int i = 0; i < name.Length; i++)
        {
            if (!char.IsSurrogate(name[i]))
                continue;
            if (!char.IsSurrogatePair(name, i))
                return false;
            i++;
        }

        return true;
    }
}
