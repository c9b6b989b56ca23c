using System;
using System.Runtime.ExceptionServices;
using System.Threading;

namespace ProcessDedup.Platform;

/// <summary>
/// A blocking call that no signal can reach runs on a thread of its own. When the wait is stopped the thread is
/// left behind; should its call ever succeed, it undoes it at once.
/// </summary>
internal static class AbandonableCall
{
    // Enough for one system call and the marshalling around it.
    private const int StackBytes = 128 * 1024;

    /// <returns>True: the call has returned. False: stopped; <paramref name="undo"/> runs if it returns later.</returns>
    public static bool Run(Action call, Action undo, StoppableWait wait)
    {
        bool returned = false, abandoned = false;
        Exception? failure = null;
        object sync = new();
        var thread = new Thread(
            () =>
            {
                try
                {
                    call();
                }
                catch (Exception e)
                {
                    failure = e;
                }

                bool late;
                lock (sync)
                {
                    returned = true;
                    late = abandoned;
                }

                if (late)
                    undo();
                else
                    wait.Wake();
            },
            StackBytes)
        { IsBackground = true, Name = "lock waiter" };
        thread.Start();

        bool IsReturned()
        {
            lock (sync)
                return returned;
        }

        if (!wait.WaitFor(IsReturned))
        {
            lock (sync)
            {
                abandoned = !returned;
                if (abandoned)
                    return false;
            }
        }

        if (failure is null)
            return true;
        undo();
        ExceptionDispatchInfo.Capture(failure).Throw();
        return false;
    }
}
