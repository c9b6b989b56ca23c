using System;
using System.IO;

namespace ProcessDedup.Fetch.Archives;

/// <summary>The next bytes of another stream, which stays open.</summary>
internal sealed class LimitedStream(Stream inner, long length) : ForwardStream
{
    private long _left = length;

    public override int Read(byte[] buffer, int offset, int count)
    {
        int read = inner.Read(buffer, offset, (int)Math.Min(count, _left));
        _left -= read;
        return read;
    }
}
