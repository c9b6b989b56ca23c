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
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Database")]
    [AllowEmptyString]
    public string? Path { get; set; }

    /// <summary>Longest time for each claim in seconds; 0 waits for ever.</summary>
    [Parameter]
    [ValidateRange(0.0, LongestDurations.WaitSec)]
    public double TimeoutSec { get; set; } = 60;

    /// <summary>
    /// The PostgreSQL server of a fleet that has the claims; without it, and without -Path, that of PROCESSDEDUP_COORDINATOR.
    /// </summary>
    [Parameter]
    [AllowEmptyString]
    public string? Coordinator { get; set; }

    private protected ClaimStore Store() => OrThrow(() =>
    {
        // What came from the coordinator's claims names it as their place.
        bool isOfFleet = Path is not null && Path.StartsWith("postgresql://", StringComparison.Ordinal);
        if (Coordinator is not null || Path is null || isOfFleet)
            _fleet ??= FleetCoordinator.Open(Coordinator);
        if (_fleet is not null && (Path is null || Path == _fleet.Place))
            return _fleetClaims ??= _fleet.OpenClaims(TimeSpan.FromSeconds(TimeoutSec));
        if (isOfFleet)
            throw CoordinatorException.Elsewhere(Path!);
        if (Coordinator is not null)
            throw CoordinatorException.NeedsName(Path!);
        string place = Path is null ? string.Empty : FileSystemPath(Path);
        if (!_stores.TryGetValue(place, out ClaimStore? store))
        {
            TimeSpan timeout = TimeSpan.FromSeconds(TimeoutSec);
            store = Path is null ? ClaimStore.Open(LockRoot.Default(), timeout) : ClaimStore.OpenFile(place, timeout);
            _stores.Add(place, store);
        }

        return store;
    });

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
