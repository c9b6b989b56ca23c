using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch.Archives;

/// <summary>Makes a tree of entries, by rules that are the same for every kind of archive. Refuses, never skips.</summary>
internal sealed class TreeExtractor
{
    private const int BufferSize = 1 << 20;
    private const uint OpenDirectory = 0x1ed; // 0755
    private const uint PlainFile = 0x1a4;     // 0644

    private readonly string _archive;
    private readonly string _directory;
    private readonly UnpackOptions _options;
    private readonly UnpackBudget _budget;
    private readonly CancellationToken _cancellation;
    private readonly ExtractedPaths _paths;
    private readonly ExtractedLinks _links;
    private readonly Dictionary<string, long> _times = new(StringComparer.Ordinal);
    private readonly byte[] _buffer = new byte[BufferSize];

    public TreeExtractor(string archive, string directory, UnpackOptions options, UnpackBudget budget, CancellationToken cancellation)
    {
        _archive = archive;
        _directory = directory;
        _options = options;
        _budget = budget;
        _cancellation = cancellation;
        _paths = new ExtractedPaths(!(options.AllowNonPortableNames && EntryName.CanDifferInCase));
        _links = new ExtractedLinks(archive, directory, options, _paths.Comparer);
    }

    /// <summary>Gets what the archive says besides content and times.</summary>
    public ArchivedFacts Facts { get; init; } = new();

    /// <summary>When what was made was last modified, by path; see <see cref="TreeTimes"/>.</summary>
    public IReadOnlyDictionary<string, long> Times => _times;

    public void Add(ArchiveEntry entry)
    {
        _cancellation.ThrowIfCancellationRequested();
        _budget.AddEntry();
        if (entry.Kind == ArchiveEntryKind.Special)
            throw Unsafe(entry.Name, Message.Of(Key.ReasonEntryIsDevice));
        if (entry.Kind == ArchiveEntryKind.Unknown)
            throw FetchFailures.ArchiveUnsupported(_archive, Message.Of(Key.ReasonEntryIsOfKindThatOnly, entry.Name));
        if (StrippedOf(entry.Name, entry.Name) is not { Length: > 0 } path)
        {
            PassOver(entry);
            return;
        }

        ArchiveEntryKind made = KindMade(entry, path);
        bool replaces = entry.ReplacesEarlier && !_options.RefusesRepeatedNames;
        if (_paths.ReasonAgainst(path, made, replaces, out ArchiveEntryKind? replaced, out List<string> missing) is { } reason)
            throw Unsafe(entry.Name, reason, !_options.AllowNonPortableNames && _paths.IsOnlyCase && EntryName.CanDifferInCase);
        // A link is not there before the end, so nothing is ever written through one.
        if (replaced == ArchiveEntryKind.SymbolicLink)
            _links.Remove(path);
        else if (replaced == ArchiveEntryKind.File && made == ArchiveEntryKind.SymbolicLink)
            FileSystem.TryDelete(PlaceOf(path));
        foreach (string directory in missing)
            FileSystem.CreateDirectory(PlaceOf(directory), OpenDirectory);
        Facts.Add(path, entry);
        // A hard link is one file with what it names, and has its time.
        if (entry.Kind != ArchiveEntryKind.HardLink && entry.Modified is { } modified)
            _times[path] = modified;
        switch (entry.Kind)
        {
            case ArchiveEntryKind.File:
                WriteFile(path, entry, replaced);
                break;
            case ArchiveEntryKind.SymbolicLink:
                string target = entry.LinkTarget ?? string.Empty;
                if (EntryName.ReasonAgainstTarget(target, _options.AllowNonPortableNames, _options.AllowOutwardLinks) is { } bad)
                    throw UnsafeTarget(entry.Name, target, bad);
                _links.Add(path, target);
                break;
            case ArchiveEntryKind.HardLink:
                LinkFile(path, entry, replaced);
                break;
        }
    }

    /// <summary>Makes the links, once nothing is written any more that they could lead astray.</summary>
    public void Finish()
    {
        _links.Make(_cancellation);
        if (!_options.KeepsTimes)
            return;
        // Nothing is made any more that would change the time of its directory.
        foreach (KeyValuePair<string, long> time in _times)
            FileTimes.TrySetModified(PlaceOf(time.Key), time.Value);
    }

    private List<string> ComponentsOf(string name, string entry) =>
        EntryName.ReasonAgainst(name, _options.AllowNonPortableNames, out List<string> components) is { } reason
            ? throw Unsafe(entry, reason, IsHarmlessHere(allow => EntryName.ReasonAgainst(name, allow, out _)))
            : components;

    // As tar counts: "." is a component, two slashes are one.
    private string? StrippedOf(string name, string entry)
    {
        _ = ComponentsOf(name, entry);
        string[] components = name.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return components.Length < _options.StripComponents
            ? null
            : string.Join("/", components.Skip(_options.StripComponents).Where(component => component != "."));
    }

    /// <summary>The directory itself, and those around it.</summary>
    private void PassOver(ArchiveEntry entry)
    {
        bool isRoot = StrippedOf(entry.Name, entry.Name) is not null;
        if (entry.Kind == ArchiveEntryKind.Directory)
        {
            if (isRoot && entry.Modified is { } whole)
                _times[TreeTimes.Root] = whole;
            if (isRoot)
                Facts.AddRoot(entry);
            return;
        }

        throw isRoot && _options.StripComponents == 0
            ? Unsafe(entry.Name, Message.Of(Key.ReasonDirectoryItselfAndNoDirectory))
            : FetchFailures.StripsTooMuch(_archive, entry.Name, _options.StripComponents);
    }

    // A hard link becomes one more of what it names, and may be named itself by the next.
    private ArchiveEntryKind KindMade(ArchiveEntry entry, string path)
    {
        if (entry.Kind != ArchiveEntryKind.HardLink)
            return entry.Kind;
        string target = TargetOf(entry);
        // Before it takes a name: that may be the very one that it links to.
        if (target == path || !(_paths.IsLink(target) || _paths.IsFile(target)))
            throw Unsafe(entry.Name, Message.Of(Key.ReasonHardLinkToNoFileThat));
        return _paths.IsLink(target) ? ArchiveEntryKind.SymbolicLink : ArchiveEntryKind.File;
    }

    private string TargetOf(ArchiveEntry link) => StrippedOf(link.LinkTarget ?? string.Empty, link.Name) is { Length: > 0 } target
        ? target
        : throw Unsafe(link.Name, Message.Of(Key.ReasonHardLinkToWhatIsNot));

    private void WriteFile(string path, ArchiveEntry entry, ArchiveEntryKind? replaced)
    {
        string place = PlaceOf(path);
        if (replaced is not null)
            FileSystem.TryDelete(place);
        // CreateNew is O_EXCL: a link that is there, whoever made it, is not followed.
        using (var file = new FileStream(place, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1))
        {
            long length = 0;
            while (entry.Content is { } content && ReadFrom(content) is int read and > 0)
            {
                _cancellation.ThrowIfCancellationRequested();
                _budget.AddContent(read);
                length += read;
                if (entry.IsSparse && _buffer.AsSpan(0, read).IndexOfAnyExcept((byte)0) < 0)
                    file.Seek(read, SeekOrigin.Current);
                else
                    file.Write(_buffer, 0, read);
            }

            // A hole at the end was not written.
            if (entry.IsSparse)
                file.SetLength(length);

            if (length != entry.Length)
                throw FetchFailures.ArchiveCorrupt(_archive, Message.Of(Key.ReasonEntryIsShorterThanAnnounced, entry.Name));
        }

        Publishing.SetMode(place, entry.IsExecutable ? OpenDirectory : PlainFile);
    }

    // Apart from writing: what fails here is the archive's fault, what fails there the disk's.
    private int ReadFrom(Stream content) => Archive.Reading(_archive, () => content.Read(_buffer, 0, _buffer.Length));

    private void LinkFile(string path, ArchiveEntry entry, ArchiveEntryKind? replaced)
    {
        string target = TargetOf(entry);
        if (_paths.IsLink(target))
        {
            _links.Add(path, _links[target]);
            CopyTime(target, path);
            return;
        }

        if (replaced is not null)
            FileSystem.TryDelete(PlaceOf(path));
        // Whoever copies or reads the tree has the content twice.
        if (FileSystem.TryGetFacts(PlaceOf(target), out FileFacts facts))
            _budget.AddContent(facts.Size);
        if (!TryLink(PlaceOf(target), PlaceOf(path)))
        {
            FileCopy.Make(PlaceOf(target), PlaceOf(path), (facts.Permissions & 0x40) != 0, CopyMode.Copy, isSynced: false, _cancellation);
            Publishing.SetMode(PlaceOf(path), (facts.Permissions & 0x40) != 0 ? OpenDirectory : PlainFile);
        }

        // Both have been made here, and are files: nothing outside gets another name.
        Facts.Link(path, target);
        CopyTime(target, path);
    }

    private static bool TryLink(string target, string place)
    {
        try
        {
            return Publishing.TryLink(target, place);
        }
        catch (PlatformException e) when (e.Fault is not (PlatformFault.NoSpace or PlatformFault.ReadOnly))
        {
            // A file system without hard links, or a file with as many names as it may have.
            return false;
        }
    }

    private void CopyTime(string target, string path)
    {
        if (_times.TryGetValue(target, out long time))
            _times[path] = time;
    }

    private string PlaceOf(string path) => Path.Combine(_directory, path);

    private FetchException Unsafe(string entry, string reason, bool isHarmlessHere = false) => isHarmlessHere
        ? FetchFailures.NameNotPortable(_archive, entry, reason)
        : FetchFailures.ArchiveUnsafe(_archive, entry, reason);

    private FetchException UnsafeTarget(string entry, string target, string reason) =>
        !_options.AllowOutwardLinks && EntryName.ReasonAgainstTarget(target, _options.AllowNonPortableNames, allowAbsolute: true) is null
            ? FetchFailures.LinkLeadsOut(_archive, entry, reason)
            : Unsafe(entry, reason, IsHarmlessHere(allow => EntryName.ReasonAgainstTarget(target, allow, _options.AllowOutwardLinks)));

    // Would the option have taken it, on this system?
    private bool IsHarmlessHere(Func<bool, string?> reasonAgainst) =>
        !_options.AllowNonPortableNames && EntryName.IsAllowed(allowNonPortable: true) && reasonAgainst(true) is null;
}
