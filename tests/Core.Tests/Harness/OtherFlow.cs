using System;
using System.Threading;
using System.Threading.Tasks;

namespace ProcessDedup.Tests.Harness;

/// <summary>A thread of this process that does not belong to the flow of calls which starts it.</summary>
internal static class OtherFlow
{
    public static Task<T> Start<T>(Func<T> work, out Thread thread)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        thread = new Thread(() =>
        {
            try
            {
                result.SetResult(work());
            }
            catch (Exception e)
            {
                result.SetException(e);
            }
        })
        { IsBackground = true };
        thread.UnsafeStart();
        return result.Task;
    }

    public static Task<T> Start<T>(Func<T> work) => Start(work, out _);

    /// <summary>The outcome, or a named failure instead of a hang.</summary>
    public static T Result<T>(this Task<T> task, string what)
    {
        try
        {
            if (!task.Wait(Peer.Patience))
                throw new TimeoutException($"Not within {Peer.Patience}: {what}");
        }
        catch (AggregateException e) when (e.InnerException is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Capture(e.InnerException).Throw();
        }

        return task.Result;
    }
}
