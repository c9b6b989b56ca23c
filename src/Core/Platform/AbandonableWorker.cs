using System;
using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Threading;

namespace ProcessDedup.Platform;

/// <summary>
/// A thread for system calls that may never return (a network file system whose server is gone). Who waits for longer
/// than he wants to leaves the thread behind, with whatever its call holds; it ends should the call ever return.
/// </summary>
internal sealed class AbandonableWorker(string name) : IDisposable
{
    // Enough for system calls and the marshalling around them.
    private const int StackBytes = 256 * 1024;

    private readonly BlockingCollection<Action> _calls = [];
    private readonly SemaphoreSlim _done = new(0);
    private Thread? _thread;

    /// <summary>A call did not return in time: there is nobody any more who could do another.</summary>
    public bool IsAbandoned { get; private set; }

    /// <summary>Has the call done.</summary>
    /// <exception cref="TimeoutException">It does not return.</exception>
    /// <exception cref="OperationCanceledException">The caller waits no more; the call is left behind as well.</exception>
    public T Run<T>(Func<T> call, TimeSpan limit, CancellationToken cancelled)
    {
        if (IsAbandoned)
            throw new TimeoutException();
        cancelled.ThrowIfCancellationRequested();
        if (_thread is null)
        {
            _thread = new Thread(Work, StackBytes) { IsBackground = true, Name = name };
            _thread.Start();
        }

        T result = default!;
        ExceptionDispatchInfo? failure = null;
        _calls.Add(() =>
        {
            try
            {
                result = call();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        }, CancellationToken.None);
        bool isDone = false;
        try
        {
            isDone = _done.Wait(limit > TimeSpan.Zero ? limit : Timeout.InfiniteTimeSpan, cancelled);
        }
        finally
        {
            IsAbandoned = !isDone;
        }

        if (!isDone)
            throw new TimeoutException();
        failure?.Throw();
        return result;
    }

    private void Work()
    {
        foreach (Action call in _calls.GetConsumingEnumerable())
        {
            // Catches everything itself.
            call();
            _done.Release();
        }
    }

    // What a thread that was left behind still uses is collected with it.
    public void Dispose() => _calls.CompleteAdding();
}
