using System;
using System.IO;
using System.Threading;
using ProcessDedup.Messages;

namespace ProcessDedup.Fetch.Archives;

/// <summary>
/// The bytes of a tar archive on their way to its reader. Knows what readers do not tell: whether an archive has come
/// to its end (a block of zeros) or has been cut between two entries, which looks the same to them.
/// </summary>
internal sealed class TarSource(Stream inner, bool isCompressed, UnpackBudget budget, CancellationToken cancellation) : ForwardStream
{
    public const int BlockSize = 512;

    private readonly byte[] _first = new byte[BlockSize];
    private int _firstLength;
    private int _firstRead;
    private long _position;
    private long _boundary;
    private bool _isOtherThanZeros;
    private bool _isDraining;

    /// <summary>Reads ahead, and says whether this begins as a tar archive does.</summary>
    public bool BeginsAsTar()
    {
        while (_firstLength < BlockSize && inner.Read(_first, _firstLength, BlockSize - _firstLength) is int read and > 0)
            _firstLength += read;
        return _firstLength == BlockSize && TarHeader.IsPlausible(_first);
    }

    /// <summary>An entry's header has just been read: its content, and padding to a whole block, come next.</summary>
    public void ExpectContent(long length)
    {
        _boundary = checked(_position + (length + BlockSize - 1) / BlockSize * BlockSize);
        _isOtherThanZeros = false;
    }

    /// <summary>The reader has found no further entry: is that true?</summary>
    /// <exception cref="InvalidDataException">It has been cut off.</exception>
    public void End()
    {
        long after = _position - _boundary;
        // What checks itself to its end cannot have been cut, so it has been made without a block of zeros (tar(1) takes it).
        if (!(after >= BlockSize && !_isOtherThanZeros) && !(after == 0 && isCompressed))
            throw new InvalidDataException(Message.Of(Key.ReasonEndsWithoutMarkOfItsEnd));
        if (!isCompressed)
            return;

        // To the end of the compressed stream, where its own check is. Padding counts: it may be a bomb.
        _isDraining = true;
        byte[] buffer = new byte[1 << 16];
        while (Read(buffer, 0, buffer.Length) is int read and > 0)
            budget.AddContent(read);
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        cancellation.ThrowIfCancellationRequested();
        if (count == 0)
            return 0;
        int read;
        if (_firstRead < _firstLength)
        {
            read = Math.Min(count, _firstLength - _firstRead);
            Buffer.BlockCopy(_first, _firstRead, buffer, offset, read);
            _firstRead += read;
        }
        else
        {
            read = inner.Read(buffer, offset, count);
        }

        if (read == 0 && !_isDraining && (_position < _boundary || (_position - _boundary) % BlockSize != 0))
            throw new EndOfStreamException(Message.Of(Key.ReasonEndsInMiddle));
        budget.AddRaw(read);
        for (int i = (int)Math.Min(read, Math.Max(0, _boundary - _position)); i < read && !_isOtherThanZeros && !_isDraining; i++)
            _isOtherThanZeros = buffer[offset + i] != 0;
        _position += read;
        return read;
    }

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }
}
