using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Fetch.Archives;

/// <summary>
/// Reads tar archives: ustar, pax, GNU and what came before. Neither library does: System.Formats.Tar does not compare
/// the checksums of headers, so that a damaged archive unpacks to other names without a word (seen with .NET 10),
/// and SharpZipLib's reader skips devices and unknown entries and does not know pax records of long link names.
/// </summary>
internal sealed class TarArchiveReader(TarSource source) : IArchiveReader
{
    // Of long names and pax records. GNU tar has no limit; the largest that are written are sparse maps (0.1) and file
    // flags with ACLs and extended attributes of 64 KiB each.
    private const int LargestMetadata = 64 << 20;

    // As star, GNU tar and bsdtar write extended attributes.
    private const string AttributePrefix = "SCHILY.xattr.";

    private long _contentEnd;

    public ArchiveEntry? Next()
    {
        Skip(_contentEnd - source.Position);
        string? longName = null, longLink = null;
        var pax = new Dictionary<string, string>(StringComparer.Ordinal);
        var attributes = new List<ExtendedAttribute>();
        bool isBegun = false;
        for (; ; )
        {
            if (!TryReadBlock(out byte[] block) || TarHeader.IsZero(block))
            {
                if (isBegun)
                    throw new EndOfStreamException(Message.Of(Key.ReasonLongNameBelongsToNothing));
                source.End();
                return null;
            }

            if (!TarHeader.IsChecksumRight(block))
                throw new InvalidDataException(Message.Of(Key.ReasonChecksumOfHeaderIsWrong));
            char type = (char)block[156];
            long size = TarHeader.Number(block, 124, 12);
            switch (type)
            {
                case 'g':
                    ReadMetadata(size);
                    continue;
                case 'x':
                    ReadPax(ReadMetadata(size), pax, attributes);
                    isBegun = true;
                    continue;
                case 'L':
                    longName = TextOf(ReadMetadata(size));
                    isBegun = true;
                    continue;
                case 'K':
                    longLink = TextOf(ReadMetadata(size));
                    isBegun = true;
                    continue;
                default:
                    return Entry(block, type, size, longName, longLink, pax) with { Attributes = attributes };
            }
        }
    }

    private ArchiveEntry Entry(
        byte[] block, char type, long size, string? longName, string? longLink, Dictionary<string, string> pax)
    {
        string name = longName ?? HeaderName(block);
        string link = longLink ?? TarHeader.Text(block, 157, 100);
        if (pax.TryGetValue("path", out string? paxName))
            name = paxName;
        if (pax.TryGetValue("linkpath", out string? paxLink))
            link = paxLink;
        if (pax.TryGetValue("size", out string? paxSize))
            size = long.Parse(paxSize, NumberStyles.None, CultureInfo.InvariantCulture);
        ArchiveEntryKind kind = type switch
        {
            // Before POSIX a directory was a file whose name ends in a slash.
            '\0' when name.EndsWith('/') => ArchiveEntryKind.Directory,
            '\0' or '0' or '7' => ArchiveEntryKind.File,
            '1' => ArchiveEntryKind.HardLink,
            '2' => ArchiveEntryKind.SymbolicLink,
            '3' or '4' or '6' => ArchiveEntryKind.Special,
            '5' => ArchiveEntryKind.Directory,
            _ => ArchiveEntryKind.Unknown,
        };
        SparseMap? map = null;
        bool isPaxSparse = TarSparse.IsPax(pax);
        if (isPaxSparse || type == 'S')
        {
            source.ExpectContent(size);
            map = type == 'S' ? ReadOldMap(block, size) : kind == ArchiveEntryKind.File ? TarSparse.OfPax(pax, ref size, ReadBlock) : null;
            kind = map is null ? ArchiveEntryKind.Unknown : ArchiveEntryKind.File;
            name = TarSparse.NameOf(pax) ?? name;
        }

        // Only files have content, whatever the header says of others (tar(5)).
        if (kind is not (ArchiveEntryKind.File or ArchiveEntryKind.Unknown))
            size = 0;
        source.ExpectContent(size);
        _contentEnd = source.Position + (size + TarSource.BlockSize - 1) / TarSource.BlockSize * TarSource.BlockSize;
        int permissions = (int)(TarHeader.Number(block, 100, 8) & 0xfff);
        Stream? content = kind != ArchiveEntryKind.File ? null
            : map is null ? new LimitedStream(source, size)
            : new SparseStream(new LimitedStream(source, size), map);
        long? modified = pax.TryGetValue("mtime", out string? paxTime) ? EntryTime.OfPax(paxTime)
            : TarHeader.TryNumber(block, 136, 12, out long seconds) ? EntryTime.OfSeconds(seconds)
            : null;
        return new ArchiveEntry(name, kind, (permissions & 0x40) != 0, link, map?.Size ?? size, content, permissions)
        {
            Modified = modified,
            IsSparse = map is not null,
            ReplacesEarlier = true,
        };
    }

    // The extensions of the header come before the content, and are no part of its length.
    private SparseMap? ReadOldMap(byte[] block, long size) => TarSparse.OfOldHeader(block, size, () =>
    {
        source.ExpectContent(size + TarSource.BlockSize);
        return ReadBlock();
    });

    private byte[] ReadBlock()
    {
        byte[] block = new byte[TarSource.BlockSize];
        Fill(block);
        return block;
    }

    private static string HeaderName(byte[] block)
    {
        string name = TarHeader.Text(block, 0, 100);
        // GNU archives ("ustar " and a space) have times where POSIX ones have the beginning of the name.
        bool isPosix = Encoding.ASCII.GetString(block, 257, 6) == "ustar\0";
        string prefix = isPosix ? TarHeader.Text(block, 345, 155) : string.Empty;
        return prefix.Length == 0 ? name : prefix + "/" + name;
    }

    private static void ReadPax(byte[] records, Dictionary<string, string> pax, List<ExtendedAttribute> attributes)
    {
        // "LENGTH KEY=VALUE\n", where LENGTH counts all of it.
        for (int at = 0; at < records.Length;)
        {
            int space = Array.IndexOf(records, (byte)' ', at);
            if (space < 0 || !int.TryParse(
                Encoding.ASCII.GetString(records, at, space - at), NumberStyles.None, CultureInfo.InvariantCulture, out int length)
                || length <= space - at + 1 || length > records.Length - at || records[at + length - 1] != '\n')
            {
                throw new InvalidDataException(Message.Of(Key.ReasonPaxRecordIsMalformed));
            }

            string record = Encoding.UTF8.GetString(records, space + 1, at + length - space - 2);
            int equals = record.IndexOf('=');
            if (equals < 1)
                throw new InvalidDataException(Message.Of(Key.ReasonPaxRecordIsMalformed));
            string key = record.Substring(0, equals), value = record.Substring(equals + 1);
            if (key.StartsWith(AttributePrefix, StringComparison.Ordinal))
                attributes.Add(new(key.Substring(AttributePrefix.Length), ValueOf(records, space + 1, at + length - 1)));
            else if (!TarSparse.TryAppend(pax, key, value))
                pax[key] = value;
            at += length;
        }
    }

    // As bytes, which need not be text.
    private static byte[] ValueOf(byte[] records, int from, int end)
    {
        int equals = Array.IndexOf(records, (byte)'=', from);
        return records[(equals + 1)..end];
    }

    private static string TextOf(byte[] name) => TarHeader.Text(name, 0, name.Length);

    private byte[] ReadMetadata(long size)
    {
        if (size > LargestMetadata)
            throw new InvalidDataException(Message.Of(Key.ReasonNameIsLongerThanAnyCan));
        source.ExpectContent(size);
        byte[] content = Metadata(size);
        Skip((TarSource.BlockSize - size % TarSource.BlockSize) % TarSource.BlockSize);
        return content;
    }

    // What a header announces need not be there: no more is asked for than has come.
    private byte[] Metadata(long size)
    {
        const int atOnce = 1 << 20;
        if (size <= atOnce)
        {
            byte[] small = new byte[size];
            Fill(small);
            return small;
        }

        using var content = new MemoryStream();
        while (content.Length < size)
        {
            byte[] piece = new byte[Math.Min(atOnce, size - content.Length)];
            Fill(piece);
            content.Write(piece, 0, piece.Length);
        }

        return content.ToArray();
    }

    private bool TryReadBlock(out byte[] block)
    {
        block = new byte[TarSource.BlockSize];
        int first = source.Read(block, 0, block.Length);
        if (first == 0)
            return false;
        Fill(block, first);
        return true;
    }

    private void Skip(long count)
    {
        byte[] waste = new byte[Math.Min(Math.Max(count, 0), 1 << 16)];
        for (; count > 0; count -= waste.Length)
            Fill(count < waste.Length ? new byte[count] : waste);
    }

    private void Fill(byte[] buffer, int from = 0)
    {
        while (from < buffer.Length)
        {
            int read = source.Read(buffer, from, buffer.Length - from);
            if (read == 0)
                throw new EndOfStreamException(Message.Of(Key.ReasonEndsInMiddle));
            from += read;
        }
    }

    public void Dispose() => source.Dispose();
}
