using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Threading;

namespace ProcessDedup.Cmdlets;

/// <summary>
/// Worker threads that fetch for a cmdlet. What only the pipeline's thread may do (run script blocks, write output) comes
/// back to it through <see cref="Finish"/> and <see cref="TryTakeFinished"/>.
/// </summary>
internal sealed class FetchCrew : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);

    private readonly int _most;
    private readonly BlockingCollection<FetchWork> _waiting = [];
    private readonly ConcurrentQueue<Action> _calls = new();
    private readonly Queue<FetchWork> _inOrder = new();
    private readonly AutoResetEvent _news = new(false);
    private readonly List<Thread> _threads = [];
    private readonly CancellationToken _stopping;
    private int _given;

    public FetchCrew(int most, CancellationToken stopping)
    {
        _most = most;
        _stopping = stopping;
    }

    public void Add(FetchWork work)
    {
        _given++;
        _inOrder.Enqueue(work);
        _waiting.Add(work, CancellationToken.None);
        if (_threads.Count >= _most || _threads.Count >= _inOrder.Count)
            return;
        var thread = new Thread(Work) { IsBackground = true, Name = "fetch" };
        _threads.Add(thread);
        thread.Start();
    }

    private void Work()
    {
        foreach (FetchWork work in _waiting.GetConsumingEnumerable())
        {
            work.Run();
            _news.Set();
        }
    }

    /// <summary>The results come in the order in which the work was given.</summary>
    public bool TryTakeFinished(out FetchWork? work)
    {
        work = _inOrder.Count > 0 && _inOrder.Peek().IsDone ? _inOrder.Dequeue() : null;
        return work is not null;
    }

    /// <summary>Waits for news, and does what workers asked the pipeline's thread to do.</summary>
    private void WaitOne(TimeSpan most)
    {
        _news.WaitOne(most);
        while (_calls.TryDequeue(out Action? call))
            call();
    }

    /// <summary>
    /// Called by a worker: has something done by the pipeline's thread, and waits until it is done. What has begun is waited
    /// for even when the pipeline is being stopped: a block may still be in its finally, and needs what the worker holds.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was not begun, or was stopped.</exception>
    public void OnPipeline(Action action)
    {
        const int waiting = 0, begun = 1, left = 2;
        int state = waiting;
        using var done = new ManualResetEventSlim();
        Exception? failure = null;
        _calls.Enqueue(() =>
        {
            if (Interlocked.CompareExchange(ref state, begun, waiting) != waiting)
                return;
            try
            {
                action();
            }
            catch (Exception e)
            {
                failure = e;
                // The pipeline itself is being ended: that is not only the worker's business.
                if (e is System.Management.Automation.PipelineStoppedException)
                    throw;
            }
            finally
            {
                done.Set();
            }
        });
        _news.Set();
        try
        {
            done.Wait(_stopping);
        }
        catch (OperationCanceledException) when (Interlocked.CompareExchange(ref state, left, waiting) != waiting)
        {
            done.Wait(CancellationToken.None);
        }

        if (failure is not null)
            throw failure is System.Management.Automation.PipelineStoppedException ? new OperationCanceledException() : failure;
    }

    /// <summary>Shows how far it is, if it is time for that.</summary>
    public void Show(FetchDisplay display) => display.Show(_inOrder, _given);

    /// <summary>No more work comes: waits for what is on its way, and shows how far it is.</summary>
    /// <param name="display">Where it is shown.</param>
    /// <param name="emit">Takes finished work away.</param>
    /// <exception cref="System.Management.Automation.PipelineStoppedException">Ctrl+C.</exception>
    public void Finish(FetchDisplay display, Action emit)
    {
        _waiting.CompleteAdding();
        WaitForAll(display, emit);
        display.Complete();
    }

    /// <summary>Waits for what was given so far; more may come.</summary>
    public void WaitForAll(FetchDisplay display, Action emit)
    {
        emit();
        while (_inOrder.Count > 0)
        {
            WaitOne(Tick);
            emit();
            if (_stopping.IsCancellationRequested)
                throw new System.Management.Automation.PipelineStoppedException();
            Show(display);
        }
    }

    /// <summary>The work must have been cancelled or done before.</summary>
    public void Dispose()
    {
        _waiting.CompleteAdding();
        // Work that nobody has begun is not begun any more.
        while (_waiting.TryTake(out _))
        {
        }

        foreach (Thread thread in _threads)
            thread.Join();
        _waiting.Dispose();
        _news.Dispose();
    }
}
