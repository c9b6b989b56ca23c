using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Claims;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;
using ProcessDedup.Messages;

namespace ProcessDedup.Postgres;

/// <summary>Locks and claims of many machines in a database of PostgreSQL.</summary>
/// <remarks>
/// Session advisory locks (https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS): the server owns them
/// and frees them when the session ends, whoever dies.
/// </remarks>
public sealed partial class PostgresCoordinator : Coordinator
{
    private const int MostQuestions = 3;

    private readonly ServerAddress _address;
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
                throw CoordinatorFailures.Slow(Place, Message.Of(Key.ReasonTimeForOneQuestionWasOver), e);
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
