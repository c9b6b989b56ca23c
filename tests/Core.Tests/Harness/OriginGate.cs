using System;
using System.Threading;
using System.Threading.Tasks;

namespace ProcessDedup.Tests.Harness;

/// <summary>A point in a body at which the origin stops until the test lets it go on.</summary>
internal sealed class OriginGate(long at)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Bytes of the body that are sent before.</summary>
    public long At { get; } = at;

    /// <summary>Every answer, now and later, goes on.</summary>
    public void Open() => _open.TrySetResult();

    /// <summary>Waits until some answer has sent all bytes before this point (and flushed them).</summary>
    public void WaitReached()
    {
        if (!_reached.Task.Wait(Patience))
            throw new TimeoutException($"No answer came to byte {At} within {Patience}.");
    }

    internal async Task PassAsync(CancellationToken stopped)
    {
        _reached.TrySetResult();
        await _open.Task.WaitAsync(stopped);
    }
}
