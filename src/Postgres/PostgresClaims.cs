using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Claims;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;
using ProcessDedup.Messages;

namespace ProcessDedup.Postgres;

/// <summary>
/// Claims in PostgreSQL: a unique index decides who is first, and a locked row who is next. Leases go by the server's clock.
/// </summary>
internal sealed class PostgresClaims(ServerAddress address, TimeSpan timeout) : ClaimStore(null)
{
    private const int MostQuestions = 3;

    private readonly SemaphoreSlim _turn = new(1);
    private readonly ConcurrentDictionary<string, bool> _demanded = new(StringComparer.Ordinal);
    private Session? _session;

    protected override ClaimResult AddChecked(ClaimRequest request, CancellationToken cancellation)
    {
        using RequestTime time = Begin(cancellation);
        for (int question = 1; ; question++)
        {
            try
            {
                return Run((session, token) => Add(session, request, token), isAsking: true, time.Token, cancellation);
            }
            catch (UnknownOutcomeException) when (question < MostQuestions && !time.Token.IsCancellationRequested)
            {
                // The token makes the question safe to repeat: if the claim was made, it is found to be this request's.
            }
            catch (UnreplicatedException e)
            {
                throw ClaimFailures.Unreplicated(request.Namespace, request.Key, request.Token!, e);
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
        if (!_demanded.ContainsKey(request.Namespace))
        {
            await PostgresNames.Demand(session, LockName.Parse(request.Namespace));
            _demanded[request.Namespace] = true;
        }

        return await ClaimTransaction.Add(session, request, cancellation);
    }

    protected override IReadOnlyList<Claim> FindChecked(string? name, string? key, CancellationToken cancellation) =>
        Run((session, token) => ClaimTransaction.Find(session, name, key, token), cancellation);

    protected override Claim RemoveChecked(string name, string key, string? token, bool force, CancellationToken cancellation) =>
        Run((session, end) => ClaimTransaction.Remove(session, name, key, token, force, end), cancellation);

    private RequestTime Begin(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return new RequestTime(timeout > TimeSpan.Zero ? timeout : null, cancellation);
    }

    private T Run<T>(Func<Session, CancellationToken, Task<T>> work, CancellationToken cancellation)
    {
        using RequestTime time = Begin(cancellation);
        return Run(work, isAsking: false, time.Token, cancellation);
    }

    /// <param name="work">What is asked for.</param>
    /// <param name="isAsking">Is it for a claim?</param>
    /// <param name="time">Of all its questions together.</param>
    /// <param name="cancellation">The caller's own.</param>
    private T Run<T>(
        Func<Session, CancellationToken, Task<T>> work, bool isAsking, CancellationToken time, CancellationToken cancellation)
    {
        TakeTurn(time, cancellation);
        try
        {
            for (; ; )
            {
                bool isUsed = _session is { IsOpen: true };
                bool hasBegun = false;
                try
                {
                    Session session = isUsed ? _session! : Renew(time);
                    hasBegun = true;
                    T result = Blocking.Until(end => work(session, end), _ => session.Dispose(), time);
                    if (!session.TakeUnreplicated())
                        return result;
                    throw isAsking ? new UnreplicatedException() : Slow(Message.Of(Key.ReasonClaimUnreplicated), null);
                }
                catch (OperationCanceledException e)
                {
                    // What was left in the midst of it is closed when it ends.
                    if (e is WorkLeftException)
                        _session = null;
                    bool isKnown = !hasBegun || _session is { IsOpen: true };
                    if (isAsking && !isKnown)
                        throw new UnknownOutcomeException(e);
                    cancellation.ThrowIfCancellationRequested();
                    throw Slow(isAsking ? Message.Of(Key.ReasonClaimSlow) : isKnown ? Message.Of(Key.ReasonClaimSlowKnown) : Message.Of(Key.ReasonClaimSlowUnknown), e);
                }
                catch (Exception e) when (ServerFailures.IsFailure(e))
                {
                    if (hasBegun && _session is not { IsOpen: true })
                    {
                        // The connection broke in the midst of it: what was asked for may have been done. A question may be
                        // asked again, and so may a look or a removal, which says that nothing is there if it was done.
                        if (isAsking)
                            throw new UnknownOutcomeException(e);
                        if (isUsed)
                            continue;
                    }

                    throw ServerFailures.From(address.Place, e);
                }
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    private void TakeTurn(CancellationToken time, CancellationToken cancellation)
    {
        try
        {
            _turn.Wait(time);
        }
        catch (OperationCanceledException e)
        {
            cancellation.ThrowIfCancellationRequested();
            throw Slow(Message.Of(Key.ReasonClaimSlowTurn), e);
        }
    }

    private CoordinatorException Slow(string reason, Exception? e) =>
        CoordinatorFailures.Slow(address.Place, reason, e);

    private Session Renew(CancellationToken time)
    {
        _session?.Dispose();
        _session = null;
        return _session = Blocking.Until(end => Session.Open(address, end), late => late.Result.Dispose(), time);
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

/// <summary>The server has committed a claim, and the time was over before its standby had it too.</summary>
internal sealed class UnreplicatedException : Exception;
