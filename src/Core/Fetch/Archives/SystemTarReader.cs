#if NET
using System;
using System.Formats.Tar;
using System.IO;
using System.Linq;

namespace ProcessDedup.Fetch.Archives;

/// <summary>Tar archives by the runtime's own reader.</summary>
internal sealed class SystemTarReader(TarSource source) : IArchiveReader
{
    private readonly TarReader _reader = new(source, leaveOpen: true);

    public ArchiveEntry? Next()
    {
        for (; ; )
        {
            TarEntry? entry = _reader.GetNextEntry(copyData: false);
            if (entry is null)
            {
                source.End();
                return null;
            }

            if (entry.EntryType == TarEntryType.GlobalExtendedAttributes)
            {
                // git archive tells its commit that way.
                source.ExpectContent(0);
                continue;
            }

            source.ExpectContent(entry.DataStream is null ? 0 : entry.Length);
            return Translate(entry);
        }
    }

    private static ArchiveEntry Translate(TarEntry entry)
    {
        ArchiveEntryKind kind = entry.EntryType switch
        {
            // Before POSIX a directory was a file whose name ends in a slash.
            TarEntryType.V7RegularFile when entry.Name.EndsWith('/') => ArchiveEntryKind.Directory,
            TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile => ArchiveEntryKind.File,
            TarEntryType.Directory => ArchiveEntryKind.Directory,
            TarEntryType.SymbolicLink => ArchiveEntryKind.SymbolicLink,
            TarEntryType.HardLink => ArchiveEntryKind.HardLink,
            TarEntryType.BlockDevice or TarEntryType.CharacterDevice or TarEntryType.Fifo => ArchiveEntryKind.Special,
            _ => ArchiveEntryKind.Unknown,
        };
        if (entry is PaxTarEntry pax && pax.ExtendedAttributes.Keys.Any(key => key.StartsWith("GNU.sparse.", StringComparison.Ordinal)))
            kind = ArchiveEntryKind.Unknown;
        return new ArchiveEntry(
            entry.Name,
            kind,
            (entry.Mode & UnixFileMode.UserExecute) != 0,
            kind is ArchiveEntryKind.SymbolicLink or ArchiveEntryKind.HardLink ? entry.LinkName : null,
            entry.Length,
            entry.DataStream);
    }

    public void Dispose()
    {
        _reader.Dispose();
        source.Dispose();
    }
}
#endif
