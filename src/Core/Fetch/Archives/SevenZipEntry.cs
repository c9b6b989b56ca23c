using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Fetch.Archives;

/// <summary>One entry of the list that <c>7z l -slt</c> prints: lines "PROPERTY = VALUE", and an empty line after each entry.</summary>
internal sealed record SevenZipEntry
{
    public string Name { get; private init; } = string.Empty;

    public ArchiveEntryKind Kind { get; private init; }

    public bool IsExecutable { get; private init; }

    public long Size { get; private init; }

    /// <summary>CRC-32; null: it is not told, as of empty files.</summary>
    public long? Checksum { get; private init; }

    public long? Modified { get; private init; }

    public bool IsEncrypted { get; private init; }

    /// <exception cref="InvalidDataException">It is no such list.</exception>
    /// <exception cref="FetchException"><see cref="FetchError.ArchiveTooLarge"/></exception>
    public static List<SevenZipEntry> ReadAll(Stream list, string archive, int most)
    {
        var entries = new List<SevenZipEntry>();
        var properties = new Dictionary<string, string>(StringComparer.Ordinal);
        using var reader = new StreamReader(list, Encoding.UTF8, detectEncodingFromByteOrderMarks: false);
        while (reader.ReadLine() is { } line)
        {
            int equals = line.IndexOf(" = ", StringComparison.Ordinal);
            // A property without a value has no space behind it in some versions.
            if (equals < 0 && line.EndsWith(" =", StringComparison.Ordinal))
                equals = line.Length - 2;
            if (line.Length > 0)
            {
                // Also a name with a line break in it, which no system takes.
                if (equals < 0 || !properties.TryAdd(line.Substring(0, equals), equals + 3 <= line.Length ? line.Substring(equals + 3) : string.Empty))
                    throw new InvalidDataException(Message.Of(Key.ReasonListCannotBeRead));
                continue;
            }

            if (properties.Count > 0)
                entries.Add(Of(properties));
            if (entries.Count > most)
                throw FetchFailures.ArchiveTooLarge(archive, Message.Of(Key.ReasonMoreThanEntries, most));
            properties.Clear();
        }

        if (properties.Count > 0)
            entries.Add(Of(properties));
        return entries;
    }

    private static SevenZipEntry Of(Dictionary<string, string> properties)
    {
        string Value(string name) => properties.TryGetValue(name, out string? value) ? value : string.Empty;
        string[] attributes = Value("Attributes").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string windows = attributes.Length > 0 ? attributes[0] : string.Empty;
        string unix = attributes.Length > 1 && attributes[^1].Length == "-rwxr-xr-x".Length ? attributes[^1] : string.Empty;
        string size = Value("Size"), checksum = Value("CRC"), name = Value("Path");
        return new SevenZipEntry
        {
            Name = OperatingSystemKind.IsWindows ? name.Replace('\\', '/') : name,
            Kind = Value("Anti") == "+" ? ArchiveEntryKind.Unknown : KindOf(windows, unix),
            IsExecutable = unix.Length > 0 && unix[3] is 'x' or 's',
            Size = size.Length == 0 ? 0 : long.Parse(size, NumberStyles.None, CultureInfo.InvariantCulture),
            Checksum = checksum.Length == 0 ? null : long.Parse(checksum, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
            Modified = TimeOf(Value("Modified")),
            IsEncrypted = Value("Encrypted") == "+",
        };
    }

    private static ArchiveEntryKind KindOf(string windows, string unix) => (unix.Length > 0 ? unix[0] : windows.Contains('D') ? 'd' : '-') switch
    {
        'd' => ArchiveEntryKind.Directory,
        'l' => ArchiveEntryKind.SymbolicLink,
        // FILE_ATTRIBUTE_REPARSE_POINT without a Unix mode: a link of Windows, of which only 7-Zip there knows how it is stored.
        '-' => windows.Contains('L') ? ArchiveEntryKind.Unknown : ArchiveEntryKind.File,
        _ => ArchiveEntryKind.Special,
    };

    // In UTC, as the program runs in that time zone; seven digits of a second at most.
    private static long? TimeOf(string text)
    {
        string[] formats = ["yyyy-MM-dd HH:mm:ss.FFFFFFF", "yyyy-MM-dd HH:mm:ss"];
        return DateTime.TryParseExact(text, formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTime time)
            ? EntryTime.OfFileTime(time.ToFileTimeUtc())
            : null;
    }
}
