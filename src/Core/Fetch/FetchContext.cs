using System;
using System.Threading;
using ProcessDedup.Flight;
using ProcessDedup.Platform;
using ProcessDedup.Retry;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch;

/// <summary>One fetch on its way: what is asked for, where it is kept, and who will use it.</summary>
internal sealed class FetchContext(CacheStore store, SingleFlight flight, FetchRequest request, CancellationToken cancellation)
{
    public CacheStore Store { get; } = store;

    public FetchRequest Request { get; } = request;

    public CancellationToken Cancellation { get; } = cancellation;

    /// <summary>The process that uses the result.</summary>
    public ProcessIdentity Owner { get; } =
        request.IsForParent && ProcessTree.ParentOfThisProcess() is { } parent ? parent : ProcessIdentity.Current;

    /// <summary>Gets a part of the answer by the one protocol.</summary>
    public CachedContent Fly<TStaged>(FlightPlan<TStaged, CachedContent> plan)
        where TStaged : class, IDisposable
    {
        Cancellation.ThrowIfCancellationRequested();
        FetchRequest request = Request;
        var options = new FlightOptions
        {
            Timeout = request.Deadline.IsNever ? TimeSpan.Zero : Longer(request.Deadline.Remaining),
            NoWait = request.NoWait,
            ProceedOnTimeout = request.ProceedOnTimeout,
            AllowNetworkFileSystem = request.AllowNetworkFileSystem,
            Flow = request.Flow,
            Waiting = request.Activity.Waits,
            // The wait has used up the time; the work needs some too.
            Proceeding = () => request.Deadline = Deadline.After(request.Timeout),
        };
        FlightResult<CachedContent> result = flight.Run(plan, options, Cancellation);
        CachedContent content = result.Result with { Waited = result.Waited, Worked = result.Worked };
        return result is { IsLeader: false } && result.Waited > TimeSpan.Zero && content.Status != FetchStatus.Stale
            ? content with
            {
                Status = FetchStatus.Waited,
                Reason = $"{FetchResult.Shown(content.Entry.Maker)} got it while this process waited",
            }
            : content;
    }

    // Zero would wait for ever.
    private static TimeSpan Longer(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.FromTicks(1);
}
