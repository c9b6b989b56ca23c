using System;
using ProcessDedup.Fetch;

namespace ProcessDedup.Cmdlets;

/// <summary>One piece of work of a cmdlet: done by a worker thread, looked at by the pipeline's thread.</summary>
internal sealed class FetchWork(string address, FetchActivity activity, Func<object> run)
{
    private volatile bool _isDone;

    /// <summary>As the caller gave it.</summary>
    public string Address { get; } = address;

    public FetchActivity Activity { get; } = activity;

    public bool IsDone => _isDone;

    public bool IsBegun { get; private set; }

    /// <summary>Null if it failed.</summary>
    public object? Result { get; private set; }

    public Exception? Failure { get; private set; }

    /// <summary>Does it. Whatever happens is kept for the pipeline's thread.</summary>
    public void Run()
    {
        IsBegun = true;
        try
        {
            Result = run();
        }
#pragma warning disable CA1031 // On a thread of its own anything that escapes ends the process.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Failure = e;
        }

        _isDone = true;
    }
}
