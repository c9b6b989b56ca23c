using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Coordination;

namespace ProcessDedup.Postgres;

/// <summary>
/// Waits for whichever slot is free first. A session of the server waits for one lock only, so each slot has one of its own;
/// as the slots have a queue, there is one such wait for a lock in the whole fleet.
/// </summary>
internal static class SlotRace
{
    /// <returns>The slot, and the session that has it; null if it is the first one.</returns>
    public static async Task<(int Slot, Session? Winner)> Run(
        Session session, string name, int slots, Func<CancellationToken, Task<Session>> another, CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var sessions = new List<Session> { session };
        var waits = new List<Task>();
        int won = -1;
        try
        {
            waits.Add(Acquisition.Lock(session, LockKey.OfSlot(name, 1), true, end.Token));
            for (int slot = 2; slot <= slots && !waits.Any(w => w.IsCompleted); slot++)
            {
                try
                {
                    sessions.Add(await another(end.Token));
                }
                catch (CoordinatorException)
                {
                    // No room for more connections: then it is waited for as many slots as there are sessions.
                    break;
                }

                waits.Add(Acquisition.Lock(sessions[^1], LockKey.OfSlot(name, slot), true, end.Token));
            }

            while (won < 0)
            {
                Task first = await Task.WhenAny(waits.Where(w => !w.IsFaulted || w == waits[0]));
                // Without the first session all is lost; without another one a slot is waited for no more.
                if (first == waits[0] || first.IsCanceled)
                    await first;
                if (first.IsCompletedSuccessfully)
                    won = waits.IndexOf(first);
            }
        }
        finally
        {
            await end.CancelAsync();
            await Task.WhenAll(waits.Select(w => w.ContinueWith(_ => { }, TaskScheduler.Default)));
            for (int i = 1; i < sessions.Count; i++)
            {
                if (i != won)
                    sessions[i].Dispose();
            }
        }

        try
        {
            // It may have been granted while the wait was ended: then it is held, even if the wait is said to have been cancelled.
            if (won > 0)
                await session.Execute("SELECT pg_advisory_unlock($1)", cancellation, LockKey.OfSlot(name, 1));
        }
        catch
        {
            sessions[won].Dispose();
            throw;
        }

        return (won + 1, won == 0 ? null : sessions[won]);
    }
}
