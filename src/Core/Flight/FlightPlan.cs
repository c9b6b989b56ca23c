using System;
using ProcessDedup.Fetch;
using ProcessDedup.Platform;

namespace ProcessDedup.Flight;

/// <summary>One thing that many may want at once: how to recognise it, how to make it, and how to show it to all.</summary>
/// <typeparam name="TStaged">What is complete and not yet visible.</typeparam>
/// <typeparam name="TResult">What the caller gets.</typeparam>
internal abstract class FlightPlan<TStaged, TResult>
    where TStaged : class, IDisposable
    where TResult : class
{
    /// <summary>SHA-256 of what is wanted. Two ways to the same thing have the same key, and so the same lock.</summary>
    public abstract string Key { get; }

    /// <summary>The thing as people know it, without secrets.</summary>
    public abstract string Display { get; }

    /// <summary>
    /// What, besides the key, a failure depends on (an expected hash): only those who share it fail with the leader.
    /// </summary>
    public virtual string FailureScope => string.Empty;

    /// <summary>
    /// Is it there, and fresh for this caller? What was committed after <paramref name="asked"/> is fresh for everybody.
    /// </summary>
    public abstract TResult? LookUp(MachineMoment asked);

    /// <summary>The same for one that waits for a leader, and so looks now and then: at what leaders commit, at little cost.</summary>
    public virtual TResult? LookForArrival(MachineMoment asked) => LookUp(asked);

    /// <summary>
    /// What there is instead as long as another process makes it: something older that may still be used. Null: it is awaited.
    /// </summary>
    public virtual TResult? LookUpMeanwhile() => null;

    /// <summary>Makes it in a private place and verifies it.</summary>
    public abstract TStaged Produce(FlightLeader leader);

    /// <summary>Shows it to all, in one step.</summary>
    public abstract TResult Publish(TStaged staged, FlightLeader leader);

    /// <summary>The key among the machines of a fleet; null: it is no business of theirs.</summary>
    public virtual string? FleetKey => null;

    /// <summary>
    /// Is what another machine has left an answer, and fresh for this caller? What was left after <paramref name="asked"/> is
    /// fresh for everybody.
    /// </summary>
    public virtual bool IsAnswer(FleetFind found, MachineMoment asked) => false;

    /// <summary>Gets what another machine has left, verifies it and shows it to all of this machine; null: it cannot be had.</summary>
    public virtual TResult? Take(FleetFind found, FlightLeader leader) => null;

    /// <summary>Puts a result where other machines look for its content; null: it is not for them.</summary>
    /// <exception cref="DedupException">It cannot be put there.</exception>
    public virtual FleetShare? Share(TResult result, FlightLeader leader) => null;

    /// <summary>
    /// What there is instead when it cannot be had right now: something older, perhaps. Null: the failure is the answer.
    /// </summary>
    public virtual TResult? FallBack(FetchException failure) => null;
}
