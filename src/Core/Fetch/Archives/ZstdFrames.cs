using System.Buffers.Binary;
using System.IO;
using System.Threading;
using ProcessDedup.Messages;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace ProcessDedup.Fetch.Archives;

/// <summary>
/// zstd: all frames of a file, one after the other as pzstd writes them, with the limits of <c>zstd -d</c>. A frame may ask
/// for a window of 128 MiB; one that wants more is refused before memory is taken for it. Checksums are verified where the
/// frame has one. What follows the last frame and is none is an error, as it is to zstd(1).
/// </summary>
internal sealed class ZstdFrames : ForwardStream
{
    // zstd(1), --memory: ZSTD_WINDOWLOG_LIMIT_DEFAULT. The same value is the library's own default; a bomb must not rest on that.
    private const int LargestWindowLog = 27;

    private const int BufferSize = 1 << 16;

    // RFC 8878, 3.1.1 and 3.1.2: a frame, and sixteen numbers for what a decoder skips.
    private const uint FrameMagic = 0xFD2FB528, SkippableMagic = 0x184D2A50, SkippableMask = 0xFFFFFFF0;

    private readonly DecompressionStream _frames;
    private readonly CancellationToken _cancellation;
    private readonly string _archive;

    public ZstdFrames(Stream file, string archive, CancellationToken cancellation)
    {
        _archive = archive;
        _cancellation = cancellation;
        _frames = new DecompressionStream(file, BufferSize, checkEndOfStream: true, leaveOpen: true);
        _frames.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, LargestWindowLog);
    }

    /// <summary>Do these bytes begin a frame, or one to skip as pzstd(1) puts before the others?</summary>
    public static bool Begin(byte[] content)
    {
        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(content);
        return magic == FrameMagic || (magic & SkippableMask) == SkippableMagic;
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        _cancellation.ThrowIfCancellationRequested();
        try
        {
            return _frames.Read(buffer, offset, count);
        }
        catch (ZstdException e) when (e.Code == ZSTD_ErrorCode.ZSTD_error_frameParameter_windowTooLarge)
        {
            throw FetchFailures.ArchiveUnsupported(_archive, Message.Of(Key.ReasonZstdWindowTooLarge, 1 << (LargestWindowLog - 20)));
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _frames.Dispose();
        base.Dispose(disposing);
    }
}
