using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Fetch.Archives;

/// <summary>
/// 7z archives, by an installed program that only reads: it lists the entries, and then writes the content of all of them into
/// a pipe, one after the other. Names are checked and files are made here, as with every other archive. Each file's CRC-32
/// shows that a piece of the pipe belongs to the entry that it is taken for.
/// </summary>
internal sealed class SevenZipReader : IArchiveReader
{

    // 7-Zip's own name, p7zip's, and those of its smaller programs.
    private static readonly string[] Programs = ["7zz", "7z", "7za", "7zr"];

    // UTF-8, no wildcards in the archive's name, and never a question: an archive that wants a password gets a wrong one.
    private static readonly string[] Common = ["-sccUTF-8", "-spd", "-bd", "-p0"];

    private readonly List<SevenZipEntry> _entries;
    private readonly string _name;
    private readonly ArchiveProgram _content;
    private Stream? _open;
    private int _next;

    private SevenZipReader(string program, string file, string name, int mostEntries, CancellationToken cancellation)
    {
        _name = name;
        try
        {
            using ArchiveProgram list = ArchiveProgram.Start(program, ["l", "-slt", "-ba", .. Common, "--", file], null, cancellation);
            _entries = SevenZipEntry.ReadAll(list, name, mostEntries);
        }
        catch (InvalidDataException e) when (e.Message.Contains("encrypted", StringComparison.OrdinalIgnoreCase))
        {
            // Its list is encrypted, too.
            throw FetchFailures.ArchiveUnsupported(name, Message.Of(Key.ReasonEncrypted));
        }

        if (_entries.Exists(entry => entry.IsEncrypted))
            throw FetchFailures.ArchiveUnsupported(name, Message.Of(Key.ReasonEncrypted));
        _content = ArchiveProgram.Start(program, ["x", "-so", .. Common, "--", file], null, cancellation);
    }

    /// <summary>Is this how a 7z archive begins (7zFormat.txt, "Signature")?</summary>
    public static bool Begins(byte[] content) => Compression.Begins(content, [(byte)'7', (byte)'z', 0xbc, 0xaf, 0x27, 0x1c]);

    /// <summary>Reads it by 7-Zip; where there is none, by bsdtar, which makes a tar archive of it.</summary>
    /// <param name="file">Where it is.</param>
    /// <param name="name">What it is called in errors.</param>
    /// <param name="options">The most entries.</param>
    /// <param name="budget">What it may unpack to.</param>
    /// <param name="cancellation">Ends the program.</param>
    /// <exception cref="FetchException"><see cref="FetchError.ProgramMissing"/></exception>
    public static IArchiveReader Open(string file, string name, UnpackOptions options, UnpackBudget budget, CancellationToken cancellation)
    {
        foreach (string program in Programs)
        {
            if (ExecutableSearch.Find(program) is { } found)
                return new SevenZipReader(found, Path.GetFullPath(file), name, options.MaxEntries, cancellation);
        }

        // Windows comes with bsdtar as tar.
        string bsdtar = ExecutableSearch.Find("bsdtar") ?? (OperatingSystemKind.IsWindows ? ExecutableSearch.Find("tar") : null)
            ?? throw FetchFailures.SevenZipMissing();
        return new TarArchiveReader(new TarSource(
            ArchiveProgram.Start(bsdtar, ["-cf", "-", "--format=pax", "@" + Path.GetFullPath(file)], null, cancellation), isCompressed: true, budget, cancellation));
    }

    public ArchiveEntry? Next()
    {
        Finish();
        if (_next == _entries.Count)
        {
            // The program's own verdict, and nothing that belongs to no entry.
            return _content.Read(new byte[1], 0, 1) == 0 ? null : throw new InvalidDataException(Message.Of(Key.ReasonChecksumOfEntryIsWrong));
        }

        SevenZipEntry entry = _entries[_next++];
        bool isRead = entry.Kind is ArchiveEntryKind.File or ArchiveEntryKind.SymbolicLink;
        if (!isRead && entry.Size > 0)
            throw FetchFailures.ArchiveUnsupported(_name, Message.Of(Key.ReasonEntryIsOfKindThatOnly, entry.Name));
        _open = isRead ? new CheckedContent(new LimitedStream(_content, entry.Size), entry.Size, entry.Checksum) : null;
        return new ArchiveEntry(
            entry.Name, entry.Kind, entry.IsExecutable, entry.Kind == ArchiveEntryKind.SymbolicLink ? LinkContent.Read(_open!) : null,
            entry.Kind == ArchiveEntryKind.File ? entry.Size : 0, entry.Kind == ArchiveEntryKind.File ? _open : null)
        {
            Modified = entry.Modified,
        };
    }

    // What was not asked for comes all the same.
    private void Finish()
    {
        byte[] waste = new byte[1 << 16];
        while (_open?.Read(waste, 0, waste.Length) > 0)
        {
        }

        _open = null;
    }

    public void Dispose() => _content.Dispose();
}
