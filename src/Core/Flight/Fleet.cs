using System;
using System.Threading;
using ProcessDedup.Coordination;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Flight;

/// <summary>What one machine has left for the others of its fleet, as this machine sees it.</summary>
/// <param name="Record">As it was left.</param>
/// <param name="Entry">
/// Its entry, with the time of its validation by this machine's clock; null if there is none, or it cannot be understood.
/// </param>
internal sealed record FleetFind(FleetRecord Record, CacheEntry? Entry)
{
    /// <summary>
    /// The same after a wait: what was written since the look before it was written since that look began, although the answer may
    /// have taken so long that its moment is reckoned to be before.
    /// </summary>
    /// <param name="first">What that look had found.</param>
    /// <param name="begun">When it began.</param>
    public FleetFind After(FleetFind? first, MachineMoment begun) =>
        // A smaller number is from before: another server, or an older copy of it, answers by that name now.
        Record.Fence <= first?.Record.Fence ? this : this with { Record = Record.NotBefore(begun) };
}

/// <summary>What a flight leaves for the other machines.</summary>
/// <param name="Entry">What is known of it.</param>
/// <param name="Content">What belongs to it, packed; null: it has been put where the others look, or there is none.</param>
internal sealed record FleetShare(CacheEntry Entry, byte[]? Content);

/// <summary>The machines with which a flight is shared.</summary>
/// <param name="coordinator">Where they meet.</param>
/// <param name="tell">Is told of what does not keep the flight from its result.</param>
/// <param name="isTimeUp">Was it the time that ended the work, and not the caller?</param>
internal sealed class Fleet(Coordinator coordinator, Action<string> tell, Func<bool> isTimeUp)
{
    public Coordinator Coordinator => coordinator;

    /// <summary>Somebody else may do the same work at the same time: see <see cref="FleetTurn"/>.</summary>
    public void TellOfLoss(string display, string cause) => tell(Message.Of(Key.FleetTurnLost, display, cause));

    /// <summary>What the others have left.</summary>
    /// <exception cref="CoordinatorException">They cannot be asked.</exception>
    public FleetFind? Find(string key, CancellationToken cancellation)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        if (coordinator.Records.Find(key, cancellation) is not { } record)
            return null;
        CacheEntry? entry = record.Entry is null ? null : CacheEntryJson.TryParse(record.Entry);
        // How old it is both servers and machines can tell; what time it is no two of them agree upon.
        return new FleetFind(record, entry is null ? null : entry with { ValidatedAt = now - record.Since - record.Age });
    }

    /// <summary>Leaves a result. What goes wrong is said: the work is done all the same.</summary>
    /// <param name="key">Of the flight.</param>
    /// <param name="display">As people know it.</param>
    /// <param name="fence">Of the lock; null if there was none.</param>
    /// <param name="worked">Since the work began: the answer is no older.</param>
    /// <param name="share">Puts the content where the others look; null: it is not for them.</param>
    /// <param name="cancellation">Ends it.</param>
    public void Leave(
        string key, string display, long? fence, TimeSpan worked, Func<FleetShare?> share, CancellationToken cancellation)
    {
        try
        {
            if (share() is not { } given)
                return;
            TimeSpan age = DateTimeOffset.UtcNow - given.Entry.ValidatedAt;
            // The clock may have been set meanwhile.
            if (age < TimeSpan.Zero || age > worked)
                age = worked;
            if (!coordinator.Records.Write(key, fence, CacheEntryJson.Write(given.Entry), given.Content, age, cancellation))
                tell(Message.Of(Key.FleetLeftLate, display));
        }
        catch (DedupException e)
        {
            tell(Message.Of(Key.NoticeNotShared, display, e.Cause));
        }
        catch (PlatformException e)
        {
            tell(Message.Of(Key.NoticeNotSharedAs, display, FetchFailures.CauseOf(e)));
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            tell(Message.Of(Key.NoticeNotShared, display, FetchFailures.Shown(e.Message)));
        }
        catch (OperationCanceledException) when (isTimeUp())
        {
            tell(Message.Of(Key.NoticeNotSharedInTime, display));
        }
    }

    /// <summary>Tells those who wait on other machines. If they cannot be told, they try for themselves.</summary>
    public void LeaveFailure(string key, long? fence, string scope, FetchException failure, CancellationToken cancellation)
    {
        try
        {
            coordinator.Records.WriteFailure(key, fence, FailureJson.Write(ScopeOf(scope), failure), cancellation);
        }
        catch (Exception e) when (e is CoordinatorException || (e is OperationCanceledException && isTimeUp()))
        {
        }
    }

    /// <summary>The failure of a leader on another machine for whom this caller waited; null if there is none.</summary>
    public static FetchException? FailureFor(FleetFind? found, string scope, MachineMoment asked) =>
        found?.Record is { Failure: { } failure } record && record.Failed.IsSince(asked)
            ? FailureJson.TryRead(failure, ScopeOf(scope))
            : null;

    // Paths and the like are nobody else's business.
    private static string ScopeOf(string scope) => ContentHash.HexOf("scope\n" + scope);
}
