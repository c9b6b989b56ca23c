using System;
using System.Collections.Generic;
using System.Management.Automation;
using ProcessDedup.Claims;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;
using ProcessDedup.Retry;
using ProcessDedup.Sqlite;

namespace ProcessDedup.Cmdlets;

/// <summary>What every cmdlet about claims has: where they are kept, and how long to wait there.</summary>
public abstract class ClaimCmdlet : DedupCmdlet
{
    // Opened once for all that comes through the pipeline.
    private readonly Dictionary<string, ClaimStore> _stores = new(StringComparer.Ordinal);

    private Coordination.Coordinator? _fleet;
    private ClaimStore? _fleetClaims;

    /// <summary>The database with the claims; without it claims.db in the root directory.</summary>
    [Parameter]
    [Alias("Database")]
    [AllowEmptyString]
    public string? Path { get; set; }

    /// <summary>
    /// What came through the pipeline. A claim says which database it is of, and its winner's token; of any other object these
    /// properties are its own affair.
    /// </summary>
    [Parameter(ValueFromPipeline = true)]
    [AllowNull]
    public PSObject? InputObject { get; set; }

    /// <summary>Longest time for each claim in seconds; 0 waits for ever.</summary>
    [Parameter]
    [ValidateRange(0.0, LongestDurations.WaitSec)]
    [Duration]
    public double TimeoutSec { get; set; } = 60;

    /// <summary>
    /// The PostgreSQL server of a fleet that has the claims; without it, and without -Path, that of PROCESSDEDUP_COORDINATOR.
    /// </summary>
    [Parameter]
    [AllowEmptyString]
    public string? Coordinator { get; set; }

    private protected ClaimStore Store() => OrThrow(() =>
    {
        string? path = Path ?? OfClaim(nameof(Claim.Path));
        // What came from the coordinator's claims names it as their place.
        bool isOfFleet = path is not null && path.StartsWith("postgresql://", StringComparison.Ordinal);
        if (Coordinator is not null || path is null || isOfFleet)
            _fleet ??= FleetCoordinator.Open(Coordinator);
        if (_fleet is not null && (path is null || path == _fleet.Place))
            return _fleetClaims ??= _fleet.OpenClaims(TimeSpan.FromSeconds(TimeoutSec));
        if (isOfFleet)
            throw CoordinatorException.Elsewhere(path!);
        if (Coordinator is not null)
            throw CoordinatorException.NeedsName(path!);
        string place = path is null ? string.Empty : FileSystemPath(path);
        if (!_stores.TryGetValue(place, out ClaimStore? store))
        {
            TimeSpan timeout = TimeSpan.FromSeconds(TimeoutSec);
            store = path is null ? ClaimStore.Open(LockRoot.Default(), timeout) : ClaimStore.OpenFile(place, timeout);
            _stores.Add(place, store);
        }

        return store;
    });

    /// <summary>A property of the claim that was piped in; null if it was something else.</summary>
    private protected string? OfClaim(string property)
    {
        foreach (string type in InputObject?.TypeNames ?? [])
        {
            // As it is, or as it comes back from a job, another machine or a file.
            if (type is "ProcessDedup.Claims.Claim" or "Deserialized.ProcessDedup.Claims.Claim")
                return InputObject!.Properties[property]?.Value as string;
        }

        return null;
    }

    /// <summary>What is wrong with one claim is an error of its own, and no reason to leave the others.</summary>
    private protected T? TryEach<T>(Func<T> action)
        where T : class
    {
        ClaimException? refused = null;
        T? result = OrThrow(() =>
        {
            try
            {
                return action();
            }
            catch (ClaimException e)
            {
                refused = e;
                return null;
            }
        });
        if (refused is not null)
            WriteError(DedupErrorRecords.From(refused));
        return result;
    }

    private protected override DedupException NoFilePath(string path) => SqliteFailures.NoFilePath(path);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (ClaimStore store in _stores.Values)
                store.Dispose();
            _stores.Clear();
            _fleetClaims?.Dispose();
            _fleet?.Dispose();
        }

        base.Dispose(disposing);
    }
}
