using System;
using System.IO;
using ICSharpCode.SharpZipLib.BZip2;

namespace ProcessDedup.Fetch.Archives;

/// <summary>
/// bzip2, also of several members one after the other as pbzip2 writes it: SharpZipLib takes the end of the first for
/// the end of all. What follows and is no member is ignored, as bzip2(1) does.
/// </summary>
internal sealed class Bzip2Members(Stream file) : ForwardStream
{
    private BZip2InputStream? _member = new(file) { IsStreamOwner = false };

    public override int Read(byte[] buffer, int offset, int count)
    {
        while (_member is not null)
        {
            int read = _member.Read(buffer, offset, count);
            if (read > 0 || count == 0)
                return Math.Max(read, 0);
            _member = NextBegins() ? new BZip2InputStream(file) { IsStreamOwner = false } : null;
        }

        return 0;
    }

    // The decoder takes single bytes and so stands right behind the member.
    private bool NextBegins()
    {
        long here = file.Position;
        bool begins = file.ReadByte() == 'B' && file.ReadByte() == 'Z' && file.ReadByte() == 'h';
        file.Position = here;
        return begins;
    }
}
