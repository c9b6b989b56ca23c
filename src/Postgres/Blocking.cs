using System;
using System.Threading.Tasks;

namespace ProcessDedup.Postgres;

/// <summary>Waits on the caller's thread for what runs on those of the pool: no caller's context can be in its way.</summary>
internal static class Blocking
{
    public static T For<T>(Func<Task<T>> work) => Task.Run(work).GetAwaiter().GetResult();

    public static void For(Func<Task> work) => Task.Run(work).GetAwaiter().GetResult();
}
