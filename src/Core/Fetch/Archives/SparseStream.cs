using System;
using System.IO;
using ProcessDedup.Messages;

namespace ProcessDedup.Fetch.Archives;

/// <summary>The content of a sparse file, with zeros where it has holes. Its reader counts them: a hole may be a bomb.</summary>
/// <param name="stored">The pieces, one after the other.</param>
/// <param name="map">Where they belong.</param>
internal sealed class SparseStream(Stream stored, SparseMap map) : ForwardStream
{
    private long _position;
    private int _piece;

    public override int Read(byte[] buffer, int offset, int count)
    {
        while (_piece < map.Pieces.Count && _position == map.Pieces[_piece].Offset + map.Pieces[_piece].Length)
            _piece++;
        long holeEnd = _piece < map.Pieces.Count ? map.Pieces[_piece].Offset : map.Size;
        int read;
        if (_position < holeEnd)
        {
            read = (int)Math.Min(count, holeEnd - _position);
            Array.Clear(buffer, offset, read);
        }
        else if (_piece < map.Pieces.Count)
        {
            (long start, long length) = map.Pieces[_piece];
            read = stored.Read(buffer, offset, (int)Math.Min(count, start + length - _position));
            if (read == 0 && count > 0)
                throw new EndOfStreamException(Message.Of(Key.ReasonEndsInMiddle));
        }
        else
        {
            read = 0;
        }

        _position += read;
        return read;
    }
}
