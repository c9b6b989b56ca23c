using System;
using System.Threading;
using System.Threading.Tasks;

namespace ProcessDedup.Postgres;

/// <summary>Waits on the caller's thread for what runs on those of the pool: no caller's context can be in its way.</summary>
internal static class Blocking
{
    // Enough for a server that answers. One that is silent would be waited for as long as a connection may take: Npgsql
    // orders a statement to stop over a connection of its own, on the thread of whoever cancels.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    public static T For<T>(Func<Task<T>> work) => Task.Run(work).GetAwaiter().GetResult();

    public static void For(Func<Task> work) => Task.Run(work).GetAwaiter().GetResult();

    /// <summary>Waits no longer than it is wanted, and a moment for the work to end in order.</summary>
    /// <param name="work">Ends when the token that it is given is cancelled, if it can.</param>
    /// <param name="late">Called with work that did not end in that moment, when it has ended. Whatever it uses is its own until then.</param>
    /// <param name="cancellation">Is it still wanted?</param>
    /// <exception cref="WorkLeftException">It did not end in that moment.</exception>
    public static T Until<T>(Func<CancellationToken, Task<T>> work, Action<Task<T>> late, CancellationToken cancellation)
    {
        if (!cancellation.CanBeCanceled)
            return For(() => work(default));
        var stop = new CancellationTokenSource();
        Task<T> task = Task.Run(() => work(stop.Token));
        if (!Ends(task, Timeout.InfiniteTimeSpan, cancellation))
        {
            _ = stop.CancelAsync();
            if (!Ends(task, Grace, default))
            {
                task.ContinueWith(late, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default)
                    .ContinueWith(ended => ended.Exception, TaskScheduler.Default);
                throw new WorkLeftException(cancellation);
            }
        }

        return task.GetAwaiter().GetResult();
    }

    private static bool Ends(Task task, TimeSpan time, CancellationToken cancellation)
    {
        try
        {
            return task.Wait(time, cancellation);
        }
        catch (AggregateException)
        {
            return true;
        }
        catch (OperationCanceledException)
        {
            return task.IsCompleted;
        }
    }
}

/// <summary>What was asked of the server is not wanted any more, and has not ended: its session is not the caller's any more.</summary>
internal sealed class WorkLeftException(CancellationToken cancellation) : OperationCanceledException(cancellation);
