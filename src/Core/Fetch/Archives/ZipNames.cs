using System.Text;
using ICSharpCode.SharpZipLib.Checksum;
using ICSharpCode.SharpZipLib.Zip;

namespace ProcessDedup.Fetch.Archives;

/// <summary>
/// Names in zip archives, which have been written in every way (APPNOTE.TXT 4.4.4 and 4.6.9, appendix D): as UTF-8 that
/// says so, in Info-ZIP's extra field, as UTF-8 that does not say so, and in the code page of somebody's MS-DOS.
/// </summary>
internal static class ZipNames
{
    private const int UnicodePath = 0x7075;
    private const int MsDos = 0;

    /// <summary>What the library is to decode names with that do not say that they are UTF-8: no byte is lost.</summary>
    public static readonly Encoding Raw = Encoding.Latin1;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The name with '/' between its components.</summary>
    /// <param name="entry">As the library has read it.</param>
    /// <param name="isGuessed">Was it taken for code page 437, as nothing else was said?</param>
    public static string Of(ZipEntry entry, out bool isGuessed)
    {
        isGuessed = false;
        string name = entry.IsUnicodeText ? entry.Name : Decode(Raw.GetBytes(entry.Name), entry, out isGuessed);
        // As unzip: Windows PowerShell 5.1 and old .NET write backslashes. Where there is a slash, too, or the archive is of
        // another system, a backslash is one, and is refused.
        return entry.HostSystem == MsDos && name.IndexOf('/') < 0 ? name.Replace('\\', '/') : name;
    }

    private static string Decode(byte[] bytes, ZipEntry entry, out bool isGuessed)
    {
        isGuessed = false;
        if (UnicodeNameOf(bytes, entry) is { } told)
            return told;
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            isGuessed = true;
            const int originalIbmPc = 437;
            return CodePagesEncodingProvider.Instance.GetEncoding(originalIbmPc)!.GetString(bytes);
        }
    }

    // Version 1, the CRC of the name in the header, the name. With another CRC the name was changed since, and this was not.
    private static string? UnicodeNameOf(byte[] bytes, ZipEntry entry)
    {
        const int header = 5;
        using var extra = new ZipExtraData(entry.ExtraData ?? []);
        if (!extra.Find(UnicodePath) || extra.ValueLength <= header)
            return null;
        int length = extra.ValueLength - header;
        var checksum = new Crc32();
        checksum.Update(bytes);
        if (extra.ReadByte() != 1 || (uint)extra.ReadInt() != (uint)checksum.Value)
            return null;
        byte[] name = new byte[length];
        for (int i = 0; i < length; i++)
            name[i] = (byte)extra.ReadByte();
        try
        {
            return StrictUtf8.GetString(name);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
