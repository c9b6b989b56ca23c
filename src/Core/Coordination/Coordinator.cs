using System;
using System.Collections.Generic;
using System.Threading;
using ProcessDedup.Claims;
using ProcessDedup.Locks;

namespace ProcessDedup.Coordination;

/// <summary>
/// Where the locks and claims of many machines live. Without one they live in this machine's files. A lock of the fleet is
/// asked for with <see cref="LockRequest.Coordinator"/>: this machine's lock of the same name comes first, and whoever has it
/// asks here for all of the machine.
/// </summary>
public abstract class Coordinator : IDisposable
{
    /// <summary>The environment variable with the coordinator of all that name none.</summary>
    public const string Variable = "PROCESSDEDUP_COORDINATOR";

    /// <summary>The server, without anything secret: <c>postgresql://ci@db.example:5432/agents</c>.</summary>
    public abstract string Place { get; }

    /// <summary>Takes every lock of the request, or none.</summary>
    /// <returns>Null if it was not granted: at once where nobody wanted to wait, else in time.</returns>
    /// <exception cref="CoordinatorException">It cannot be asked, or must not be relied on. Nothing is held.</exception>
    /// <exception cref="LockException">It cannot be taken at all.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled. Nothing is held.</exception>
    public abstract FleetHold? Take(FleetRequest request, CancellationToken cancellation);

    /// <summary>The locks of the fleet that are held or waited for; the named one also if it is free.</summary>
    /// <exception cref="CoordinatorException">It cannot be asked.</exception>
    public abstract IReadOnlyList<LockStatus> Inspect(string? name, CancellationToken cancellation = default);

    /// <summary>The names that teams of the fleet have registered. It is asked with each call; nothing of it is remembered.</summary>
    public abstract LockNames Names { get; }

    /// <summary>The claims of the fleet.</summary>
    /// <param name="timeout">Longest time for one claim; zero waits for ever, null a minute.</param>
    public abstract ClaimStore OpenClaims(TimeSpan? timeout = null);

    /// <summary>What the machines of the fleet have got or made.</summary>
    public abstract FleetRecords Records { get; }

    // A message is worth no more.
    internal static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(3);

    /// <summary>Who has a lock, for a message; null if that cannot be told within three seconds.</summary>
    public LockStatus? TryInspect(string name) => TryLook(name, CancellationToken.None);

    /// <summary>The same within what is left of a look at several locks.</summary>
    internal LockStatus? TryLook(string name, CancellationToken cancellation)
    {
        using var time = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        time.CancelAfter(LongestLook);
        try
        {
            IReadOnlyList<LockStatus> found = Inspect(name, time.Token);
            return found.Count == 0 ? null : found[0];
        }
        catch (Exception e) when (e is DedupException or OperationCanceledException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes what is open. Locks that are held stay held.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
