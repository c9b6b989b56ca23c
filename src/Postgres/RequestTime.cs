using System;
using System.Diagnostics;
using System.Threading;

namespace ProcessDedup.Postgres;

/// <summary>How long a request may take. What is granted at once asks for no token, and pays for none.</summary>
internal sealed class RequestTime(TimeSpan? timeout, CancellationToken cancellation) : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(40);

    private readonly long _began = timeout is null ? 0 : Stopwatch.GetTimestamp();
    private CancellationTokenSource? _source;

    /// <summary>Cancelled when the time is over, or the caller wants it no more.</summary>
    public CancellationToken Token
    {
        get
        {
            if (timeout is not { } whole)
                return cancellation;
            if (_source is null)
            {
                _source = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                TimeSpan left = whole - Stopwatch.GetElapsedTime(_began);
                _source.CancelAfter(left < TimeSpan.Zero ? TimeSpan.Zero : left < Longest ? left : Longest);
            }

            return _source.Token;
        }
    }

    /// <exception cref="OperationCanceledException">It is.</exception>
    public void ThrowIfOver()
    {
        cancellation.ThrowIfCancellationRequested();
        if (timeout is { } whole && Stopwatch.GetElapsedTime(_began) >= whole)
            throw new OperationCanceledException(Token);
    }

    public void Dispose() => _source?.Dispose();
}
