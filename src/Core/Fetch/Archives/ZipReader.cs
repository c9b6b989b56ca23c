using System;
using System.IO;
using ICSharpCode.SharpZipLib.Zip;
using ProcessDedup.Messages;

namespace ProcessDedup.Fetch.Archives;

/// <summary>
/// Zip archives (APPNOTE.TXT), by the central directory at their end. SharpZipLib on every system: the runtime's own
/// reader does not check content.
/// </summary>
internal sealed class ZipReader : IArchiveReader
{
    private const int UnixTypeMask = 0xf000;
    private const int MsDos = 0;
    private const int Unix = 3;
    private const int MacOS = 19;
    private const int DosDirectory = 0x10;

    private readonly ZipFile _file;
    private readonly string _path;
    private readonly Stream _stream;
    private readonly Action<string>? _told;
    private System.IO.Compression.ZipArchive? _other;
    private bool _isGuessTold;
    private int _next;
    private Stream? _open;

    public ZipReader(Stream stream, string path, Action<string>? told = null)
    {
        _path = path;
        _stream = stream;
        _told = told;
        _file = new ZipFile(stream, leaveOpen: false, StringCodec.FromEncoding(ZipNames.Raw));
    }

    public ArchiveEntry? Next()
    {
        _open?.Dispose();
        _open = null;
        if (_next == _file.Count)
            return null;
        int number = _next++;
        ZipEntry entry = _file[number];
        if (entry.IsCrypted)
            throw FetchFailures.ArchiveUnsupported(_path, Message.Of(Key.ReasonEncrypted));
        bool isDeflate64 = entry.CompressionMethod == CompressionMethod.Deflate64;
        if (!entry.CanDecompress && !isDeflate64)
            throw FetchFailures.ArchiveUnsupported(_path, Message.Of(Key.ReasonCompressionMethodIsNotKnownHere, entry.CompressionMethod));

        int mode = entry.HostSystem is Unix or MacOS ? (entry.ExternalFileAttributes >> 16) & 0xffff : 0;
        string name = ZipNames.Of(entry, out bool isGuessed);
        if (isGuessed && !_isGuessTold)
        {
            _isGuessTold = true;
            _told?.Invoke(Message.Of(Key.NoticeNamesOfCodePage, _path));
        }

        ArchiveEntryKind kind = KindOf(entry, name, mode);
        if (kind is not (ArchiveEntryKind.File or ArchiveEntryKind.SymbolicLink))
            return new ArchiveEntry(name, kind, false, null, 0, null) { Modified = ZipTime.Of(entry) };
        _open = new CheckedContent(isDeflate64 ? OpenDeflate64(number) : _file.GetInputStream(entry), entry.Size, entry.Crc);
        return kind == ArchiveEntryKind.File
            ? new ArchiveEntry(name, kind, (mode & 0x40) != 0, null, entry.Size, _open) { Modified = ZipTime.Of(entry) }
            : new ArchiveEntry(name, kind, false, LinkContent.Read(_open), 0, null) { Modified = ZipTime.Of(entry) };
    }

    // Windows' Explorer writes it for large files; only the runtime's reader knows it. Content is checked here as all else.
    private Stream OpenDeflate64(int number)
    {
        _other ??= new System.IO.Compression.ZipArchive(_stream, System.IO.Compression.ZipArchiveMode.Read, leaveOpen: true);
        return _other.Entries[number].Open();
    }

    private static ArchiveEntryKind KindOf(ZipEntry entry, string name, int mode)
    {
        bool isNamedDirectory = name.EndsWith('/')
            || (entry.HostSystem == MsDos && (entry.ExternalFileAttributes & DosDirectory) != 0);
        return (mode & UnixTypeMask) switch
        {
            0 => isNamedDirectory ? ArchiveEntryKind.Directory : ArchiveEntryKind.File,
            0x8000 => isNamedDirectory ? ArchiveEntryKind.Unknown : ArchiveEntryKind.File,
            0x4000 => ArchiveEntryKind.Directory,
            0xa000 => ArchiveEntryKind.SymbolicLink,
            _ => ArchiveEntryKind.Special,
        };
    }

    public void Dispose()
    {
        _open?.Dispose();
        _other?.Dispose();
        _file.Close();
    }
}
