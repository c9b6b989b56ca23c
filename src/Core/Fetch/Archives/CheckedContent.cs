using System;
using System.IO;
using ICSharpCode.SharpZipLib.Checksum;
using ProcessDedup.Messages;

namespace ProcessDedup.Fetch.Archives;

/// <summary>Compares length and CRC-32 at the end, which libraries and programs leave to their callers.</summary>
/// <param name="inner">Closed with this one.</param>
/// <param name="length">As announced, in bytes.</param>
/// <param name="checksum">As announced; null: there is none.</param>
internal sealed class CheckedContent(Stream inner, long length, long? checksum) : ForwardStream
{
    private readonly Crc32 _actual = new();
    private long _read;

    public override int Read(byte[] buffer, int offset, int count)
    {
        int read = inner.Read(buffer, offset, count);
        if (read > 0)
        {
            _actual.Update(new ArraySegment<byte>(buffer, offset, read));
            _read += read;
        }
        else if (count > 0 && (_read != length || (checksum ?? _actual.Value) != _actual.Value))
        {
            throw new InvalidDataException(Message.Of(Key.ReasonChecksumOfEntryIsWrong));
        }

        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
