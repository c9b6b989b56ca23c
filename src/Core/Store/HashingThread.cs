using System;
using System.Buffers;
using System.Runtime.ExceptionServices;
using System.Threading;

namespace ProcessDedup.Store;

/// <summary>
/// Hashes on a thread of its own while the caller reads and writes: on one thread, download and SHA-256 together are
/// half as fast as the download. A few buffers go round; memory does not grow with the content.
/// </summary>
internal sealed class HashingThread : IDisposable
{
    // Below this much a thread costs more than it saves.
    private const int WorthAThread = 1 << 20;

    // Meant to be hashed while it is still in a processor's cache. What that alone gains is not settled: docs/benchmarks.md.
    private const int BufferSize = 1 << 18;
    private const int Buffers = 8;

    private readonly ContentHasher _hasher;
    private readonly (byte[] Bytes, int Count)[] _ring = new (byte[], int)[Buffers];
    private readonly SemaphoreSlim _free = new(Buffers);
    private readonly SemaphoreSlim _filled = new(0);
    private readonly Thread? _thread;
    private readonly byte[] _single = [];
    private volatile ExceptionDispatchInfo? _failure;
    private int _next;

    /// <param name="hasher">Nobody else may touch it until this is disposed of.</param>
    /// <param name="expected">Bytes to come; null if unknown.</param>
    public HashingThread(ContentHasher hasher, long? expected)
    {
        _hasher = hasher;
        if (expected < WorthAThread)
        {
            _single = ArrayPool<byte>.Shared.Rent((int)Math.Max(4096, expected.Value + 1));
            return;
        }

        for (int i = 0; i < Buffers; i++)
            _ring[i].Bytes = ArrayPool<byte>.Shared.Rent(BufferSize);
        _thread = new Thread(Run) { IsBackground = true, Name = "ProcessDedup hash" };
        _thread.Start();
    }

    /// <summary>A buffer to be filled; valid until it is given back by <see cref="Submit"/>.</summary>
    public byte[] Buffer
    {
        get
        {
            if (_thread is null)
                return _single;
            _free.Wait();
            _failure?.Throw();
            // Only Submit takes it away.
            _free.Release();
            return _ring[_next].Bytes;
        }
    }

    /// <summary>Hashes the first bytes of the buffer that was handed out last.</summary>
    public void Submit(int count)
    {
        if (_thread is null)
        {
            _hasher.Append(_single, count);
            return;
        }

        _free.Wait();
        _ring[_next].Count = count;
        _next = (_next + 1) % Buffers;
        _filled.Release();
    }

    private void Run()
    {
        for (int at = 0; ; at = (at + 1) % Buffers)
        {
            _filled.Wait();
            (byte[] bytes, int count) = _ring[at];
            if (count == 0)
                return;
            try
            {
                if (_failure is null)
                    _hasher.Append(bytes, count);
            }
            catch (Exception e)
            {
                _failure = ExceptionDispatchInfo.Capture(e);
            }

            _free.Release();
        }
    }

    /// <summary>Returns when all is hashed that was submitted.</summary>
    public void Dispose()
    {
        if (_thread is null)
        {
            ArrayPool<byte>.Shared.Return(_single);
        }
        else
        {
            Submit(0);
            _thread.Join();
            foreach ((byte[] bytes, _) in _ring)
                ArrayPool<byte>.Shared.Return(bytes);
        }

        _free.Dispose();
        _filled.Dispose();
    }
}
