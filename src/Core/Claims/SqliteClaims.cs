using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using ProcessDedup.Locks;
using ProcessDedup.Platform;
using ProcessDedup.Sqlite;

namespace ProcessDedup.Claims;

/// <summary>
/// Claims in a database of SQLite: each is one transaction that has the write lock from its beginning, looks, and writes
/// only if the key is to be had. Looking before it (or an autocommit INSERT that is swallowed while others read) is what
/// gave one key to two.
/// </summary>
internal sealed class SqliteClaims : ClaimStore
{
    // Each time the whole budget; what fails this often will fail again.
    private const int MostQuestions = 3;

    private const string Select = $"SELECT {ClaimRow.Columns} FROM {ClaimTables.Claims}";

    // The key alone decides: a row of before is overwritten as a whole, and its counter is in the new one.
    private const string Write =
        $"INSERT INTO {ClaimTables.Claims}({ClaimRow.Columns}) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        + """
          ON CONFLICT(namespace, key) DO UPDATE SET fence = excluded.fence, token = excluded.token, since = excluded.since,
            reason = excluded.reason, granted_utc = excluded.granted_utc, granted_ticks = excluded.granted_ticks,
            lease_ms = excluded.lease_ms, pid = excluded.pid, start = excluded.start, boot = excluded.boot,
            pid_namespace = excluded.pid_namespace, user = excluded.user, machine = excluded.machine, command = excluded.command
          """;

    private readonly string _file;
    private readonly SqliteRunner _writer;
    private readonly SqliteRunner _reader;

    public SqliteClaims(string file, LockRoot? names, TimeSpan? timeout)
        : base(names)
    {
        _file = SqlitePlace.Of(file).File;
        var reading = new SqliteOptions
        {
            Role = SqliteRole.Primary,
            Timeout = timeout,
            // A look makes no database, and gives an empty file no journal.
            Create = false,
            Mode = SqliteTransactionMode.Deferred,
        };
        _reader = new SqliteRunner(file, reading);
        _writer = new SqliteRunner(file, reading with { Mode = SqliteTransactionMode.Immediate, Create = true, Gate = SqliteOptions.GateBeside(file) });
    }

    protected override ClaimResult AddChecked(ClaimRequest request, CancellationToken cancellation)
    {
        for (int question = 1; ; question++)
        {
            try
            {
                return _writer.Run(tx => Ask(tx, request), cancellation).Value!;
            }
            catch (SqliteException e) when (e.Outcome == SqliteOutcome.Unknown && question < MostQuestions)
            {
                // The token makes the question safe to repeat: if the claim was made, it is found to be this request's.
            }
            catch (SqliteException e) when (e.Outcome == SqliteOutcome.Unknown)
            {
                throw ClaimFailures.OutcomeUnknown(request.Namespace, request.Key, request.Token!, e);
            }
        }
    }

    private ClaimResult Ask(SqliteTransaction tx, ClaimRequest request)
    {
        ClaimTables.Ensure(tx);
        ClaimRow? row = Look(tx, request.Namespace, request.Key);
        MachineMoment now = MachineMoment.Now;
        bool isOwn = row?.IsOwnedBy(request.Token) == true;
        bool isOpen = row?.TokenHash is null || row.IsOverAt(now);
        // Nothing is written, so nothing has to reach the disk.
        if (!isOwn && !isOpen)
            return new ClaimResult(row!.ToClaim(_file, now)) { Outcome = ClaimOutcome.Lost };
        ClaimRow next = ClaimRow.For(request, isOwn ? row : null, isOwn ? row!.Fence : (row?.Fence ?? 0) + 1, now);
        tx.Execute(Write, next.Values());
        return new ClaimResult(next.ToClaim(_file, now))
        {
            Outcome = ClaimOutcome.Won,
            Token = request.Token,
            TakenOverFrom = !isOwn && row?.TokenHash is not null ? row.Owner : null,
        };
    }

    protected override IReadOnlyList<Claim> FindChecked(string? name, string? key, CancellationToken cancellation)
    {
        // A look must not make a database.
        if (!File.Exists(_file))
            return [];
        return _reader.Run(
            tx =>
            {
                if (!ClaimTables.Exist(tx))
                    return [];
                MachineMoment now = MachineMoment.Now;
                return tx.Query(
                        Select + " WHERE token IS NOT NULL AND (?1 IS NULL OR namespace = ?1) AND (?2 IS NULL OR key = ?2) ORDER BY namespace, key",
                        SqliteParameters.Ordered(name, key))
                    .Select(row => ClaimRow.Read(row).ToClaim(_file, now)).ToList();
            },
            cancellation).Value!;
    }

    protected override Claim RemoveChecked(string name, string key, string? token, bool force, CancellationToken cancellation)
    {
        if (!File.Exists(_file))
            throw ClaimFailures.NotFound(name, key);
        return _writer.Run(
            tx =>
            {
                ClaimRow? row = ClaimTables.Exist(tx) ? Look(tx, name, key) : null;
                Claim claim = row?.TokenHash is null ? throw ClaimFailures.NotFound(name, key) : row.ToClaim(_file, MachineMoment.Now);
                if (!force && !row.IsOwnedBy(token))
                    throw ClaimFailures.NotOwned(claim);
                tx.Execute($"UPDATE {ClaimTables.Claims} SET token = NULL WHERE namespace = ? AND key = ?", SqliteParameters.Ordered(name, key));
                return claim;
            },
            cancellation).Value!;
    }

    private static ClaimRow? Look(SqliteTransaction tx, string name, string key)
    {
        IReadOnlyList<SqliteRow> rows = tx.Query(Select + " WHERE namespace = ? AND key = ?", SqliteParameters.Ordered(name, key));
        return rows.Count == 0 ? null : ClaimRow.Read(rows[0]);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _writer.Dispose();
            _reader.Dispose();
        }

        base.Dispose(disposing);
    }
}
