using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using Npgsql;
using ProcessDedup.Claims;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;

namespace ProcessDedup.Postgres;

/// <summary>Locks and claims of many machines in a database of PostgreSQL.</summary>
/// <remarks>
/// Session advisory locks (https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS): the server owns them
/// and frees them when the session ends, whoever dies.
/// </remarks>
public sealed class PostgresCoordinator : Coordinator
{
    // A server that restarts is back by then; who waited goes on waiting.
    private static readonly TimeSpan LongestAbsence = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private const int MostQuestions = 3;

    private readonly ServerAddress _address;
    private readonly KnownNames _names = new();
    private readonly YoungHolds _young = new();
    private Session? _idle;
    private int _waits;
    private volatile bool _isClosed;

    private PostgresCoordinator(ServerAddress address)
    {
        _address = address;
        Records = new FlightTable(Run, Rest);
    }

    /// <summary>Nothing is connected to before it is needed.</summary>
    /// <param name="connectionString">As Npgsql has it: "Host=db.example;Database=agents;Username=ci".</param>
    /// <exception cref="CoordinatorException"><see cref="CoordinatorError.CoordinatorInvalid"/></exception>
    public static Coordinator Open(string connectionString) => new PostgresCoordinator(ServerAddress.Parse(connectionString));

    /// <inheritdoc/>
    public override string Place => _address.Place;

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
                return hasConnected ? null : throw CoordinatorFailures.Slow(Place, "no connection within the time of the request", e);
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
        bool hasRecord = false;
        try
        {
            if (session.HasRested || !_names.HasAll(request))
                Blocking.Until(end => Greet(session, request, end), _ => session.Dispose(), time.Token);
            time.ThrowIfOver();
            bool isTaken = acquisition.TryTake(session);
            if (!isTaken && !request.NoWait)
            {
                if (acquisition.LeavesSome && !session.TryUnlock(false))
                    throw new InvalidOperationException("The session is over.");
                hasRecord = true;
                Wait(acquisition, session, time.Token);
                isTaken = true;
            }

            if (isTaken)
                return new PostgresHold([session, .. acquisition.Others], acquisition.Grants, request.Reason, hasRecord, _young, GiveBack);
            if (!acquisition.LeavesSome || session.TryUnlock(false))
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
            if (session.TryUnlock(hasRecord))
                GiveBack(session);
            else
                session.Dispose();
            throw;
        }
    }

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

    /// <inheritdoc/>
    public override IReadOnlyList<LockStatus> Inspect(string? name, CancellationToken cancellation = default)
    {
        LockName? given = name is null ? null : LockName.Parse(name);
        return Ask((session, end) => LockView.Read(session, given, end), cancellation);
    }

    /// <inheritdoc/>
    public override LockNames Names => new PostgresNames(this);

    /// <summary>Asks something that may be asked again, should the connection of before have ended.</summary>
    internal T Ask<T>(Func<Session, Task<T>> question) => Ask((session, _) => question(session), default);

    private T Ask<T>(Func<Session, CancellationToken, Task<T>> question, CancellationToken cancellation)
    {
        for (; ; )
        {
            Session? idle = RentIdle();
            bool isUsed = idle is not null;
            Session session = idle ?? Connect(cancellation);
            try
            {
                T answer = Blocking.Until(end => question(session, end), _ => session.Dispose(), cancellation);
                // Many may look while they wait, each for a moment: none of them keeps a second connection for that.
                if (Volatile.Read(ref _waits) == 0)
                    GiveBack(session);
                else
                    session.Dispose();
                return answer;
            }
            catch (Exception e) when (ServerFailures.IsFailure(e))
            {
                session.Dispose();
                if (!isUsed || !ServerFailures.IsSessionLost(e))
                    throw ServerFailures.From(Place, e);
            }
            catch (WorkLeftException)
            {
                throw;
            }
            catch
            {
                session.Dispose();
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public override FleetRecords Records { get; }

    // Whatever is asked here may be asked twice.
    private object? Run(Func<Session, CancellationToken, Task<object?>> work, TimeSpan patience, CancellationToken cancellation)
    {
        using var time = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        time.CancelAfter(patience);
        for (int tries = 1; ; tries++)
        {
            Session? session = null;
            bool isUsed = false;
            try
            {
                session = RentIdle();
                isUsed = session is not null;
                Session own = session ??= Connect(time.Token);
                object? answer = Blocking.Until(end => work(own, end), _ => own.Dispose(), time.Token);
                GiveBack(session);
                return answer;
            }
            catch (OperationCanceledException e)
            {
                // What was left in the midst of it is closed when it ends.
                if (e is not WorkLeftException)
                    session?.Dispose();
                cancellation.ThrowIfCancellationRequested();
                throw CoordinatorFailures.Slow(Place, "the time for one question was over", e);
            }
            catch (Exception e) when (ServerFailures.IsFailure(e))
            {
                session?.Dispose();
                // One that was used before may have ended long ago; one that ends while it is asked may be an accident.
                if (session is null || !ServerFailures.IsSessionLost(e) || (!isUsed && tries >= MostQuestions))
                    throw ServerFailures.From(Place, e);
            }
            catch
            {
                session?.Dispose();
                throw;
            }
        }
    }

    private void Rest() => Interlocked.Exchange(ref _idle, null)?.Dispose();

    /// <inheritdoc/>
    public override ClaimStore OpenClaims(TimeSpan? timeout = null) => new PostgresClaims(_address, timeout ?? TimeSpan.FromMinutes(1));

    private Session? RentIdle()
    {
        Session? idle = Interlocked.Exchange(ref _idle, null);
        if (idle is not { IsOpen: false })
            return idle;
        idle.Dispose();
        return null;
    }

    private Session Connect(CancellationToken cancellation) =>
        Blocking.Until(end => Session.Open(_address, end), late => late.Result.Dispose(), cancellation);

    private void GiveBack(Session session)
    {
        session.Heard();
        Interlocked.Exchange(ref _idle, session)?.Dispose();
        // Closed at the same moment: nobody would close it later.
        if (_isClosed)
            Interlocked.Exchange(ref _idle, null)?.Dispose();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _isClosed = true;
        if (disposing)
            Interlocked.Exchange(ref _idle, null)?.Dispose();
        base.Dispose(disposing);
    }
}
