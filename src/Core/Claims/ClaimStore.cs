using System;
using System.Collections.Generic;
using System.Threading;
using ProcessDedup.Locks;
using ProcessDedup.Telemetry;

namespace ProcessDedup.Claims;

/// <summary>
/// Where claims are kept. A key is won by one of all that ask, and stays won: until the end of its lease if it has one,
/// else until it is removed. What the owner's process does, or that it dies, changes nothing.
/// </summary>
/// <remarks>
/// Threads that share a store take turns. Every kind of store passes the same tests (<c>ClaimContract</c>).
/// </remarks>
public abstract class ClaimStore : IDisposable
{
    private const string FileName = "claims.db";

    private readonly LockRoot? _names;

    /// <summary>Creates the store.</summary>
    /// <param name="names">The root whose registry of names holds for the namespaces, if it is strict; null: any name will do.</param>
    protected ClaimStore(LockRoot? names) => _names = names;

    /// <summary>The claims of a root: the database <c>claims.db</c> in it, made at the first claim.</summary>
    /// <param name="root">A root that belongs to one user.</param>
    /// <param name="timeout">Longest time for one claim; zero waits for ever, null a minute.</param>
    /// <exception cref="ClaimException"><see cref="ClaimError.ClaimPathNeeded"/>: several users share the root.</exception>
    /// <exception cref="LockException">The root cannot be made or must not be trusted.</exception>
    public static ClaimStore Open(LockRoot root, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(root);
        root.Prepare();
        return root.IsShared
            ? throw ClaimFailures.PathNeeded(root.RootDirectory)
            : new SqliteClaims(System.IO.Path.Combine(root.RootDirectory, FileName), root, timeout);
    }

    /// <summary>Claims in a database of the caller's choice, in an existing directory.</summary>
    /// <exception cref="Sqlite.SqliteException">The path cannot be one of a database.</exception>
    public static ClaimStore OpenFile(string path, TimeSpan? timeout = null) => new SqliteClaims(path, null, timeout);

    /// <summary>
    /// Asks for a key. With the token of a claim that was won it is won again, and lasts from now on as this request says.
    /// </summary>
    /// <exception cref="ClaimException">The request is wrong, or its outcome could not be found out.</exception>
    /// <exception cref="LockException"><see cref="LockError.LockNameUnregistered"/></exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing was claimed.</exception>
    public ClaimResult Add(ClaimRequest request, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ClaimRequest wanted = request.Checked();
        if (_names is not null)
            NameRegistry.Demand(_names, wanted.Namespace);
        using Followed activity = WorkMeasures.BeginClaim(wanted.Namespace);
        ClaimResult claim = AddChecked(wanted, cancellation);
        WorkMeasures.Claimed(activity, claim);
        return claim;
    }

    /// <summary>The claims of a namespace, or of all; one key, or all. Those whose lease is over are among them.</summary>
    public IReadOnlyList<Claim> Find(string? name = null, string? key = null, CancellationToken cancellation = default)
    {
        string? given = name is null ? null : ClaimRequest.CheckedNamespace(name);
        return FindChecked(given, key is null ? null : ClaimRequest.CheckedKey(given ?? "*", key), cancellation);
    }

    /// <summary>Gives a claim up, so that the next one who asks gets the key.</summary>
    /// <param name="name">The namespace.</param>
    /// <param name="key">The key.</param>
    /// <param name="token">The owner's token.</param>
    /// <param name="force">Without the token.</param>
    /// <param name="cancellation">Ends waits.</param>
    /// <returns>What was removed.</returns>
    /// <exception cref="ClaimException"><see cref="ClaimError.ClaimNotFound"/>, <see cref="ClaimError.ClaimNotOwned"/></exception>
    public Claim Remove(string name, string key, string? token, bool force = false, CancellationToken cancellation = default)
    {
        string given = ClaimRequest.CheckedNamespace(name);
        return RemoveChecked(given, ClaimRequest.CheckedKey(given, key), string.IsNullOrEmpty(token) ? null : token, force, cancellation);
    }

    /// <summary><see cref="Add"/> of a request that is in order and has a token.</summary>
    protected abstract ClaimResult AddChecked(ClaimRequest request, CancellationToken cancellation);

    /// <summary><see cref="Find"/> of names that are in order.</summary>
    protected abstract IReadOnlyList<Claim> FindChecked(string? name, string? key, CancellationToken cancellation);

    /// <summary><see cref="Remove"/> of names that are in order.</summary>
    protected abstract Claim RemoveChecked(string name, string key, string? token, bool force, CancellationToken cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes what is open.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
