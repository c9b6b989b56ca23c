using ICSharpCode.SharpZipLib.Zip;

namespace ProcessDedup.Fetch.Archives;

/// <summary>When an entry of a zip archive was last modified: by the most exact of the ways to write it (Info-ZIP's extrafld.txt).</summary>
internal static class ZipTime
{
    private const int Ntfs = 0x000a;
    private const int ExtendedTimestamp = 0x5455;
    private const int NtfsTimes = 1;
    private const int HasModified = 1;

    /// <summary>In nanoseconds since 1970-01-01 UTC; null: there is none.</summary>
    public static long? Of(ZipEntry entry)
    {
        using var extra = new ZipExtraData(entry.ExtraData ?? []);
        return OfNtfs(extra) ?? OfUnix(extra) ?? EntryTime.OfDos((uint)entry.DosTime);
    }

    // Four reserved bytes, then attributes with tag, size and content; the first has three times.
    private static long? OfNtfs(ZipExtraData extra)
    {
        const int header = 4, firstTime = 8;
        if (!extra.Find(Ntfs) || extra.ValueLength < header + header + firstTime)
            return null;
        extra.Skip(header);
        return extra.ReadShort() == NtfsTimes && extra.ReadShort() >= firstTime ? EntryTime.OfFileTime(extra.ReadLong()) : null;
    }

    private static long? OfUnix(ZipExtraData extra)
    {
        const int flagsAndTime = 5;
        return extra.Find(ExtendedTimestamp) && extra.ValueLength >= flagsAndTime && (extra.ReadByte() & HasModified) != 0
            ? EntryTime.OfSeconds(extra.ReadInt())
            : null;
    }
}
