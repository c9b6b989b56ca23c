using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Claims;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;

namespace ProcessDedup.Postgres;

/// <summary>
/// Claims in PostgreSQL: a unique index decides who is first, and a locked row who is next. Leases go by the server's clock.
/// </summary>
internal sealed class PostgresClaims(ServerAddress address, TimeSpan timeout) : ClaimStore(null)
{
    private const int MostQuestions = 3;

    private readonly SemaphoreSlim _turn = new(1);
    private readonly HashSet<string> _demanded = new(StringComparer.Ordinal);
    private Session? _session;

    protected override ClaimResult AddChecked(ClaimRequest request, CancellationToken cancellation)
    {
        for (int question = 1; ; question++)
        {
            try
            {
                return Run((session, token) => Add(session, request, token), cancellation, isAsking: true);
            }
            catch (UnknownOutcomeException) when (question < MostQuestions && !cancellation.IsCancellationRequested)
            {
                // The token makes the question safe to repeat: if the claim was made, it is found to be this request's.
            }
            catch (UnknownOutcomeException e)
            {
                throw ClaimFailures.OutcomeUnknown(request.Namespace, request.Key, request.Token!, e.InnerException!);
            }
            catch (CoordinatorException e) when (question > 1)
            {
                throw ClaimFailures.OutcomeUnknown(request.Namespace, request.Key, request.Token!, e);
            }
        }
    }

    // Each process asks once for a namespace whether it may have it, as for a lock.
    private async Task<ClaimResult> Add(Session session, ClaimRequest request, CancellationToken cancellation)
    {
        if (!_demanded.Contains(request.Namespace))
        {
            await PostgresNames.Demand(session, LockName.Parse(request.Namespace));
            _demanded.Add(request.Namespace);
        }

        return await ClaimTransaction.Add(session, request, cancellation);
    }

    protected override IReadOnlyList<Claim> FindChecked(string? name, string? key, CancellationToken cancellation) =>
        Run((session, token) => ClaimTransaction.Find(session, name, key, token), cancellation);

    protected override Claim RemoveChecked(string name, string key, string? token, bool force, CancellationToken cancellation) =>
        Run((session, end) => ClaimTransaction.Remove(session, name, key, token, force, end), cancellation);

    private T Run<T>(Func<Session, CancellationToken, Task<T>> work, CancellationToken cancellation, bool isAsking = false)
    {
        cancellation.ThrowIfCancellationRequested();
        using var time = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        if (timeout > TimeSpan.Zero)
            time.CancelAfter(timeout < TimeSpan.FromDays(40) ? timeout : TimeSpan.FromDays(40));
        _turn.Wait(cancellation);
        try
        {
            for (; ; )
            {
                bool isUsed = _session is { IsOpen: true };
                bool hasBegun = false;
                try
                {
                    Session session = isUsed ? _session! : Blocking.For(() => Renew(time.Token));
                    hasBegun = true;
                    return Blocking.For(() => work(session, time.Token));
                }
                catch (Exception e) when (hasBegun && _session is not { IsOpen: true } && (ServerFailures.IsFailure(e) || e is OperationCanceledException))
                {
                    // The connection broke in the midst of it: what was asked for may have been done. A question may be
                    // asked again, and so may a look or a removal, which says that nothing is there if it was done.
                    if (isAsking)
                        throw new UnknownOutcomeException(e);
                    if (!isUsed)
                        throw ServerFailures.From(address.Place, e);
                }
                catch (OperationCanceledException e)
                {
                    cancellation.ThrowIfCancellationRequested();
                    throw CoordinatorFailures.Slow(address.Place, "the time for one claim was over; nothing was claimed", e);
                }
                catch (Exception e) when (ServerFailures.IsFailure(e))
                {
                    throw ServerFailures.From(address.Place, e);
                }
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<Session> Renew(CancellationToken cancellation)
    {
        _session?.Dispose();
        _session = null;
        return _session = await Session.Open(address, cancellation);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _session?.Dispose();
            _turn.Dispose();
        }

        base.Dispose(disposing);
    }
}

/// <summary>The connection broke while a claim was asked for.</summary>
internal sealed class UnknownOutcomeException(Exception inner) : Exception(inner.Message, inner);
