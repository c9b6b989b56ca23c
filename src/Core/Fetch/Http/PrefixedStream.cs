using System;
using System.IO;
using ProcessDedup.Fetch.Archives;

namespace ProcessDedup.Fetch.Http;

/// <summary>Bytes that were looked at, and the rest of their stream.</summary>
internal sealed class PrefixedStream(byte[] prefix, Stream rest) : ForwardStream
{
    private int _at;

    public override int Read(byte[] buffer, int offset, int count)
    {
        if (_at == prefix.Length)
            return rest.Read(buffer, offset, count);
        int some = Math.Min(count, prefix.Length - _at);
        prefix.AsSpan(_at, some).CopyTo(buffer.AsSpan(offset));
        _at += some;
        return some;
    }
}
