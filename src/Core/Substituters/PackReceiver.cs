using System;
using System.Diagnostics;
using System.IO;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Substituters;

/// <summary>A packed tree on its way into a private file: never more than was announced, hashed as it comes.</summary>
internal sealed class PackReceiver : IDisposable
{
    // Who sends less than that has stalled, even if a byte comes now and then.
    private const long LeastBytesPerSecond = 1024;

    private readonly string _file;
    private readonly ArtifactRecord _record;
    private readonly TimeSpan _stallTimeout;
    private readonly Action<long> _received;
    private readonly ContentHasher _hasher = new([]);
    private readonly HashingThread _hashing;
    private readonly FileStream _stream;
    private long _windowBegan = Stopwatch.GetTimestamp();
    private long _windowBytes;
    private bool _isHashing = true;

    /// <param name="file">Is made.</param>
    /// <param name="record">What is to come.</param>
    /// <param name="stallTimeout">Zero for none.</param>
    /// <param name="received">Is told how much has come.</param>
    public PackReceiver(string file, ArtifactRecord record, TimeSpan stallTimeout, Action<long> received)
    {
        _file = file;
        _record = record;
        _stallTimeout = stallTimeout;
        _received = received;
        try
        {
            _stream = new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1);
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            throw FetchFailures.FromIo(file, file, e);
        }

        _hashing = new HashingThread(_hasher, record.PackSize);
    }

    public long Length { get; private set; }

    /// <summary>To be filled; good until the next <see cref="Submit"/>.</summary>
    public byte[] Buffer => _hashing.Buffer;

    /// <summary>The first bytes of <see cref="Buffer"/> have come.</summary>
    /// <exception cref="SubstituterFault">There is more than was announced, or it comes too slowly.</exception>
    /// <exception cref="FetchException">This machine's disk does not take it.</exception>
    public void Submit(int count)
    {
        Length += count;
        if (Length > _record.PackSize)
            throw SubstituterFault.Artifact(Message.Of(Key.ReasonHasMoreThanBytesThatIts, _record.PackSize));
        CheckPace(count);
        try
        {
            _stream.Write(Buffer, 0, count);
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            throw FetchFailures.FromIo(_file, _file, e);
        }

        _hashing.Submit(count);
        _received(Length);
    }

    private void CheckPace(int count)
    {
        _windowBytes += count;
        double seconds = (Stopwatch.GetTimestamp() - _windowBegan) / (double)Stopwatch.Frequency;
        if (_stallTimeout <= TimeSpan.Zero || seconds < _stallTimeout.TotalSeconds)
            return;
        if (_windowBytes < LeastBytesPerSecond * seconds)
            throw SubstituterFault.Dead(Message.Of(Key.ReasonNextToNothingComesFromIt));
        _windowBegan = Stopwatch.GetTimestamp();
        _windowBytes = 0;
    }

    /// <summary>All has come that will.</summary>
    /// <exception cref="SubstituterFault">It is not what was announced.</exception>
    public void Finish()
    {
        _hashing.Dispose();
        _isHashing = false;
        _stream.Dispose();
        if (Length != _record.PackSize)
            throw SubstituterFault.Artifact(Message.Of(Key.ReasonCutOffAfterBytes, Length));
        if (_hasher.Finish()[ContentHash.Sha256].Hex != _record.PackDigest)
            throw SubstituterFault.Artifact(Message.Of(Key.ReasonWhatCameHasAnotherHashThan));
    }

    public void Dispose()
    {
        if (_isHashing)
            _hashing.Dispose();
        _isHashing = false;
        _stream.Dispose();
        _hasher.Dispose();
    }
}
