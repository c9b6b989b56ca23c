using System;
using ProcessDedup.Fetch.Archives;

namespace ProcessDedup.Fetch.Http;

/// <summary>An answer's body as a stream, which counts what has come.</summary>
internal sealed class ExchangeStream(HttpExchange exchange) : ForwardStream
{
    private readonly byte[] _piece = new byte[1 << 16];

    /// <summary>Bytes that have come over the network.</summary>
    public long Received { get; private set; }

    public override int Read(byte[] buffer, int offset, int count)
    {
        int read = exchange.Read(_piece, Math.Min(count, _piece.Length));
        _piece.AsSpan(0, read).CopyTo(buffer.AsSpan(offset));
        Received += read;
        return read;
    }
}
