using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Npgsql;
using ProcessDedup.Coordination;
using ProcessDedup.Messages;

namespace ProcessDedup.Postgres;

/// <summary>
/// Locks that sessions hold. While they are held somebody listens at each session, so that its end is noticed at once; a
/// server that is silently gone is noticed by a question every few seconds.
/// </summary>
#pragma warning disable CA1001 // Release is its end.
internal sealed class PostgresHold : FleetHold
{
    // Together less than the 25 seconds after which the server gives the locks of a vanished machine to the next one.
    private static readonly TimeSpan BetweenQuestions = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    // The server frees what a session held when it ends: who does not answer has not to be waited for.
    private static readonly TimeSpan LongestFarewell = TimeSpan.FromSeconds(5);

    private readonly Session[] _sessions;
    private readonly string? _reason;
    private readonly Action<Session> _giveBack;
    private readonly long _since = Stopwatch.GetTimestamp();
    private readonly object _sync = new();
    private readonly YoungHolds _young;
    private Task[] _watches = [];
    private CancellationTokenSource? _end;
    private Action? _told;
    private bool _isOver;
    private CancellationTokenSource? _interrupt;
    private volatile string? _progress;
    private volatile bool _isTold;
    private int _toRelease;
    private string? _lossCause;

    /// <summary>Begins to watch.</summary>
    /// <param name="sessions">The first one is given back at the end, the others are closed.</param>
    /// <param name="grants">What they hold.</param>
    /// <param name="reason">What for.</param>
    /// <param name="young">Has it watched once it has lasted for a while.</param>
    /// <param name="giveBack">Takes the first session back when it holds nothing any more.</param>
    public PostgresHold(
        IReadOnlyList<Session> sessions, IReadOnlyList<FleetGrant> grants, string? reason, YoungHolds young, Action<Session> giveBack)
        : base(grants)
    {
        _sessions = [.. sessions];
        _reason = reason;
        _giveBack = giveBack;
        _toRelease = grants.Count;
        _young = young;
        Young = new LinkedListNode<PostgresHold>(this);
        // Who waited for a slot has said that it waits, and only by that is told from a holder: that it does no more is said at once.
        if (_sessions[0].Said is { Slot: 0 })
            Begin();
        else
            young.Add(this);
    }

    /// <summary>Its place among those that are not watched yet.</summary>
    public LinkedListNode<PostgresHold> Young { get; }

    /// <summary>How long it is held.</summary>
    public TimeSpan Age => Stopwatch.GetElapsedTime(_since);

    public override void WhenLost(Action told)
    {
        lock (_sync)
        {
            if (_lossCause is null)
            {
                _told += told;
                return;
            }
        }

        told();
    }

    public override string? LossCause => _lossCause;

    public override void Say(string? progress)
    {
        _progress = progress;
        _isTold = false;
        try
        {
            Volatile.Read(ref _interrupt)?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It is being told already.
        }
    }

    public override void Release()
    {
        if (Interlocked.Decrement(ref _toRelease) != 0)
            return;
        _young.Remove(this);
        lock (_sync)
        {
            _isOver = true;
            _end?.Cancel();
        }

        // Too short for a watch: the server has just granted it, and another thread would cost as much as the lock.
        if (_watches.Length == 0)
        {
            End(TryUnlock());
            return;
        }

        // Not on a thread of the pool, whose threads may all be taken: nobody would have asked the server.
        Task<bool> farewell = Task.Factory.StartNew(
            () =>
            {
                Task.WaitAll(_watches);
                return TryUnlock();
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        bool hasEnded = farewell.Wait(LongestFarewell);
        if (!hasEnded)
            Interlocked.CompareExchange(ref _lossCause, Message.Of(Key.ReasonServerDidNotAnswerGivenBack), null);
        if (hasEnded)
            End(farewell.Result);
        else
            // Until then the sessions are in use.
            _ = farewell.ContinueWith(_ => End(false), TaskScheduler.Default);
    }

    private bool TryUnlock() => _lossCause is null && _sessions[0].TryUnlock();

    private void End(bool isClean)
    {
        // A hold too short for a watch, or the moment between two looks.
        if (!isClean)
            Interlocked.CompareExchange(ref _lossCause, Message.Of(Key.ReasonConnectionBrokeBefore), null);
        if (isClean)
            _giveBack(_sessions[0]);
        foreach (Session session in _sessions.Skip(isClean ? 1 : 0))
            Close(session);
        _end?.Dispose();
    }

    private void Close(Session session)
    {
        if (session.IsOpen && _lossCause is null)
            session.Dispose();
        else
            // To a server that does not answer it may take a while to say goodbye.
            _ = Task.Run(session.Dispose).ContinueWith(closed => closed.Exception, TaskScheduler.Default);
    }

    /// <summary>Begins to watch, unless it is over.</summary>
    public void Begin()
    {
        lock (_sync)
        {
            if (_isOver)
                return;
            _end = new CancellationTokenSource();
            CancellationToken end = _end.Token;
            _watches = [.. _sessions.Select((session, i) => Task.Run(() => Watch(session, isFirst: i == 0, end), CancellationToken.None))];
        }
    }

    private async Task Watch(Session session, bool isFirst, CancellationToken end)
    {
        try
        {
            while (!end.IsCancellationRequested)
            {
                if (isFirst && !_isTold)
                {
                    _isTold = true;
                    await Answer(SessionRecord.SetAsync(
                        session, new(false, Grants[0].Slot, _reason), _progress, Age, CancellationToken.None));
                }

                await Listen(session, isFirst, end);
                await Answer(session.Execute(Session.StillThere, CancellationToken.None));
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // It is given back.
        }
#pragma warning disable CA1031 // Whatever it is: nobody knows any more whether the locks are held.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Lose(e);
        }
    }

    // Not the time that Npgsql has for an answer: when that is over, it first asks the server to stop, which takes as long again.
    private static Task Answer(Task question) => question.WaitAsync(Patience);

    private async Task Listen(Session session, bool isFirst, CancellationToken end)
    {
        using var interrupt = CancellationTokenSource.CreateLinkedTokenSource(end);
        if (isFirst)
        {
            Volatile.Write(ref _interrupt, interrupt);
            if (!_isTold)
                return;
        }

        try
        {
            await session.Connection.WaitAsync(BetweenQuestions, interrupt.Token);
        }
        catch (OperationCanceledException) when (!end.IsCancellationRequested)
        {
            // There is something to tell.
        }
    }

    private void Lose(Exception e)
    {
        string cause = e switch
        {
            PostgresException server => Message.Of(Key.ReasonServerEndedSession, server.MessageText),
            NpgsqlException { InnerException: TimeoutException } or TimeoutException => Message.Of(Key.ReasonServerDidNotAnswerAnyMore),
            _ => Message.Of(Key.ReasonConnectionToServerBroke),
        };
        Action? told;
        lock (_sync)
        {
            if (Interlocked.CompareExchange(ref _lossCause, cause, null) is not null)
                return;
            told = _told;
        }

        // Not on this thread: Release waits for it, and whoever is told may well release.
        ThreadPool.UnsafeQueueUserWorkItem(
            told =>
            {
                foreach (Delegate each in told?.GetInvocationList() ?? [])
                    Tell((Action)each);
            },
            told, preferLocal: false);
    }

    private static void Tell(Action told)
    {
        try
        {
            told();
        }
#pragma warning disable CA1031 // What those who are told do wrong must not end the process.
        catch (Exception)
#pragma warning restore CA1031
        {
            // The others are told all the same.
        }
    }
}
