using System;
using System.Diagnostics;
using System.Threading;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Flight;

/// <content>
/// The same among machines, for the one of this machine that has its lock: look what the fleet has → lock → look again →
/// produce → publish here, then to the fleet → release.
/// </content>
internal sealed partial class SingleFlight
{
    private FlightResult<TResult> LeadInFleet<TStaged, TResult>(
        FlightPlan<TStaged, TResult> plan, Fleet fleet, FlightLeader leader, FlightOptions options, MachineMoment asked, TimeSpan waited, Stopwatch queued)
        where TStaged : class, IDisposable
        where TResult : class
    {
        string key = plan.FleetKey!;
        using var turn = new FleetTurn(fleet, LockPrefix + key, plan.Display, leader, options, queued);
        if (leader.Lease is null)
            turn.Skip();
        MachineMoment begun = MachineMoment.Now;
        FleetFind? first = fleet.Find(key, leader.Cancellation), found = first;
        long? useless = null;
        for (; ; )
        {
            if (found is not null && found.Record.Fence != useless && plan.IsAnswer(found, asked))
            {
                // The others may look now as well, and each gets the content for itself: that takes longer.
                bool isTurn = turn.HasCome;
                turn.GiveBack();
                var taking = Stopwatch.StartNew();
                if (plan.Take(found, leader) is { } taken)
                {
                    _failures.Forget(plan.Key);
                    return new FlightResult<TResult>(taken, true, waited + turn.Waited, taking.Elapsed);
                }

                useless = found.Record.Fence;
                if (isTurn && leader.Lease is null)
                    turn.Skip();
            }

            if (turn.HasCome)
                break;
            turn.Take(leader.Cancellation);
            found = fleet.Find(key, leader.Cancellation)?.After(first, begun);
        }

        if (waited + turn.Waited > TimeSpan.Zero && Fleet.FailureFor(found, plan.FailureScope, asked) is { } failure)
        {
            // For those who wait behind this one.
            _failures.Tell(plan.Key, plan.FailureScope, failure);
            return new FlightResult<TResult>(plan.FallBack(failure) ?? throw failure, false, waited + turn.Waited, TimeSpan.Zero);
        }

        hooks.Reached?.Invoke(StoreStep.LookedUpAgain);
        // The work may take hours, and the lock has a connection of its own.
        fleet.Coordinator.Records.Rest();
        var clock = Stopwatch.StartNew();
        TResult result = Lead(
            plan, leader,
            made => fleet.Leave(key, plan.Display, turn.Fence, clock.Elapsed, () => plan.Share(made, leader), leader.Cancellation),
            e => fleet.LeaveFailure(key, turn.Fence, plan.FailureScope, e, CancellationToken.None));
        return new FlightResult<TResult>(result, true, waited + turn.Waited, clock.Elapsed);
    }
}
