using System;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using Npgsql;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;
using ProcessDedup.Messages;

namespace ProcessDedup.Postgres;

/// <content>How a lock is taken, whatever becomes of the server meanwhile.</content>
public sealed partial class PostgresCoordinator
{
    // A server that restarts is back by then; who waited goes on waiting.
    private static readonly TimeSpan LongestAbsence = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    // Many turns of a lock that is wanted all the time, and too short for anyone to notice where it is not any more.
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(50);

    private readonly KnownNames _names = new();
    private readonly YoungHolds _young = new();
    private volatile Crowd? _crowd;

    /// <inheritdoc/>
    public override FleetHold? Take(FleetRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var time = new RequestTime(request.Timeout, cancellation);
        bool hasConnected = false;
        long lastSeen = 0;
        for (int failures = 0; ; failures++)
        {
            Session? session = null;
            bool isUsed = false;
            try
            {
                session = RentIdle();
                isUsed = session is not null;
                session ??= Connect(time.Token);
                hasConnected = true;
                lastSeen = Stopwatch.GetTimestamp();
                failures = 0;
                return TakeIn(session, request, time);
            }
            catch (OperationCanceledException e)
            {
                cancellation.ThrowIfCancellationRequested();
                return hasConnected ? null : throw CoordinatorFailures.Slow(Place, Message.Of(Key.ReasonNoConnectionWithinTimeOfRequest), e);
            }
            catch (Exception e) when (ServerFailures.IsFailure(e) || e is CoordinatorException)
            {
                // One that was used before may have ended meanwhile: that says nothing about the server.
                if (session is not null && isUsed && ServerFailures.IsSessionLost(e))
                    continue;
                if (session is not null)
                    lastSeen = Stopwatch.GetTimestamp(); // It may have waited for hours.
                if (request.NoWait || !hasConnected || !IsPassing(e) || Stopwatch.GetElapsedTime(lastSeen) > LongestAbsence)
                    throw Failure(request, e);
                TimeSpan pause = TimeSpan.FromMilliseconds(Math.Min(LongestPause.TotalMilliseconds, 20 << Math.Min(failures, 10)));
                time.Token.WaitHandle.WaitOne(pause);
            }
        }
    }

    private DedupException Failure(FleetRequest request, Exception e) => e is PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected }
        ? CoordinatorFailures.Deadlock(string.Join(", ", request.Names), e)
        : ServerFailures.From(Place, e);

    private static bool IsPassing(Exception e) => e is CoordinatorException own
        ? own.Error is CoordinatorError.CoordinatorUnreachable or CoordinatorError.CoordinatorTimeout or CoordinatorError.CoordinatorFull
        : ServerFailures.IsSessionLost(e);

    private PostgresHold? TakeIn(Session session, FleetRequest request, RequestTime time)
    {
        var acquisition = new Acquisition(request);
        try
        {
            if (session.HasRested || !_names.HasAll(request))
                Blocking.Until(end => Greet(session, request, end), _ => session.Dispose(), time.Token);
            // What an earlier wait was for would be shown as what this is for.
            if (session.Said is { } said && said.Reason != request.Reason && !session.TryUnlock(forget: true))
                throw new InvalidOperationException(Message.Of(Key.MisuseSessionIsOver));
            time.ThrowIfOver();
            bool isCrowded = IsCrowded(request), isTaken = !isCrowded && acquisition.TryTake(session);
            if (!isTaken && !request.NoWait)
            {
                if (!isCrowded)
                    _crowd = new Crowd(request.Names[0], Stopwatch.GetTimestamp());
                if (acquisition.LeavesSome && !session.TryUnlock())
                    throw new InvalidOperationException(Message.Of(Key.MisuseSessionIsOver));
                Wait(acquisition, session, time.Token);
                isTaken = true;
            }

            if (isTaken)
                return new PostgresHold([session, .. acquisition.Others], acquisition.Grants, request.Reason, _young, GiveBack);
            if (!acquisition.LeavesSome || session.TryUnlock())
                GiveBack(session);
            else
                session.Dispose();
            return null;
        }
        catch (WorkLeftException)
        {
            throw;
        }
        catch
        {
            acquisition.Others.ForEach(other => other.Dispose());
            if (session.TryUnlock())
                GiveBack(session);
            else
                session.Dispose();
            throw;
        }
    }

    /// <summary>Has a look just shown that others want it? Then this request queues at once; the next look is not far away.</summary>
    private bool IsCrowded(FleetRequest request) =>
        !request.NoWait && _crowd is { } crowd && Stopwatch.GetElapsedTime(crowd.SeenAt) < BetweenLooks
        && request.Names.Count == 1 && request.Names[0] == crowd.Name && request.Mode != LockMode.Slot;

    private async Task<bool> Greet(Session session, FleetRequest request, CancellationToken cancellation)
    {
        if (session.HasRested)
            await session.Execute("SELECT 1", cancellation);
        if (!_names.HasAll(request))
            await _names.Ensure(session, request, cancellation);
        return true;
    }

    private void Wait(Acquisition acquisition, Session session, CancellationToken cancellation)
    {
        Interlocked.Increment(ref _waits);
        try
        {
            Blocking.Until(
                async end =>
                {
                    await acquisition.Wait(session, token => Session.Open(_address, token), end);
                    return true;
                },
                _ =>
                {
                    // It may have been granted meanwhile, and nobody wants it any more.
                    acquisition.Others.ForEach(other => other.Dispose());
                    session.Dispose();
                },
                cancellation);
        }
        finally
        {
            Interlocked.Decrement(ref _waits);
        }
    }

    private sealed record Crowd(string Name, long SeenAt);
}
