using System;
using System.IO;
using ICSharpCode.SharpZipLib.Checksum;
using ICSharpCode.SharpZipLib.Zip.Compression;
using ProcessDedup.Messages;

namespace ProcessDedup.Fetch.Archives;

/// <summary>
/// gzip (RFC 1952), also of several members. SharpZipLib decodes; its own reader takes a header with a checksum (FHCRC) for
/// damaged, and the runtime's reads over the end of a member. What follows and is no member is ignored, as gzip(1) does.
/// </summary>
internal sealed class GzipMembers(Stream file) : ForwardStream
{
    private const int BufferSize = 1 << 16;
    private const int Magic1 = 0x1f, Magic2 = 0x8b, Deflate = 8;
    private const int HasHeaderChecksum = 2, HasExtra = 4, HasName = 8, HasComment = 16, Reserved = 0xe0;

    private readonly byte[] _input = new byte[BufferSize];
    private readonly Inflater _inflater = new(noHeader: true);
    private readonly Crc32 _checksum = new();
    private int _at;
    private int _end;
    private long _length;
    private bool _isInMember;
    private bool _isOver;
    private bool _isBegun;
    private Crc32? _header;

    public override int Read(byte[] buffer, int offset, int count)
    {
        while (count > 0 && !_isOver)
        {
            if (!_isInMember && !(_isInMember = BeginMember()))
            {
                _isOver = true;
                break;
            }

            int read = _inflater.Inflate(buffer, offset, count);
            if (read > 0)
            {
                _checksum.Update(new ArraySegment<byte>(buffer, offset, read));
                _length += read;
                return read;
            }

            if (_inflater.IsFinished)
                EndMember();
            else if (_inflater.IsNeedingDictionary)
                throw new InvalidDataException(Message.Of(Key.ReasonChecksumOfEntryIsWrong));
            else if (_inflater.IsNeedingInput)
                Feed();
        }

        return 0;
    }

    private void Feed()
    {
        if (_at == _end && !TryFill())
            throw new EndOfStreamException(Message.Of(Key.ReasonEndsInMiddle));
        _inflater.SetInput(_input, _at, _end - _at);
        _at = _end;
    }

    private bool TryFill()
    {
        _at = 0;
        _end = file.Read(_input, 0, _input.Length);
        return _end > 0;
    }

    /// <summary>Reads a header; false: what follows is no member.</summary>
    private bool BeginMember()
    {
        if (Peek() != Magic1)
            return !_isBegun ? throw new InvalidDataException(Message.Of(Key.ReasonChecksumOfHeaderIsWrong)) : false;
        _header = new Crc32();
        _ = Byte();
        // One byte that happens to be the first of a member, and then something else, is no member either.
        if (_isBegun && Peek() != Magic2)
            return false;
        if (Byte() != Magic2 || Byte() != Deflate)
            throw new InvalidDataException(Message.Of(Key.ReasonChecksumOfHeaderIsWrong));
        _isBegun = true;
        int flags = Byte();
        const int timeExtraFlagsAndSystem = 6;
        for (int i = 0; i < timeExtraFlagsAndSystem; i++)
            _ = Byte();
        if ((flags & Reserved) != 0)
            throw new InvalidDataException(Message.Of(Key.ReasonChecksumOfHeaderIsWrong));
        if ((flags & HasExtra) != 0)
        {
            for (int left = Byte() | (Byte() << 8); left > 0; left--)
                _ = Byte();
        }

        SkipText((flags & HasName) != 0);
        SkipText((flags & HasComment) != 0);
        int expected = (int)(_header.Value & 0xffff);
        _header = null;
        if ((flags & HasHeaderChecksum) != 0 && (Byte() | (Byte() << 8)) != expected)
            throw new InvalidDataException(Message.Of(Key.ReasonChecksumOfHeaderIsWrong));
        _inflater.Reset();
        _checksum.Reset();
        _length = 0;
        return true;
    }

    private void SkipText(bool isThere)
    {
        while (isThere && Byte() != 0)
        {
            // Names and comments are for people.
        }
    }

    private void EndMember()
    {
        // What the decoder was given and did not need is the trailer, and perhaps the next member.
        _at = _end - _inflater.RemainingInput;
        long checksum = Number();
        if (checksum != _checksum.Value || Number() != (_length & 0xffffffff))
            throw new InvalidDataException(Message.Of(Key.ReasonChecksumOfEntryIsWrong));
        _isInMember = false;
    }

    private long Number() => (uint)(Byte() | (Byte() << 8) | (Byte() << 16) | (Byte() << 24));

    private int Peek() => _at < _end || TryFill() ? _input[_at] : -1;

    private int Byte()
    {
        if (Peek() < 0)
            throw new EndOfStreamException(Message.Of(Key.ReasonEndsInMiddle));
        byte value = _input[_at++];
        _header?.Update(value);
        return value;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            file.Dispose();
        base.Dispose(disposing);
    }
}
