using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Npgsql;
using ProcessDedup.Claims;
using ProcessDedup.Messages;

namespace ProcessDedup.Postgres;

/// <summary>What is asked of the table of claims.</summary>
internal static class ClaimTransaction
{
    private const int AnswerSeconds = 0; // The caller's token has the time.

    private const string Columns =
        """
        namespace, key, fence, token, since, reason, granted + lease_ms * interval '1 millisecond' - clock_timestamp(),
          granted + lease_ms * interval '1 millisecond' <= clock_timestamp(),
          pid, start, boot, pid_namespace, os_user, machine, command
        """;

    // Whoever has the row first has the claim: the unique index makes the others wait for the outcome and then find it.
    private const string First =
        $"""
        INSERT INTO procdedup.claim(namespace, key, token, reason, lease_ms, pid, start, boot, pid_namespace, os_user, machine, command,
          fence, since, granted)
        VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1, clock_timestamp(), clock_timestamp())
        ON CONFLICT (namespace, key) DO NOTHING RETURNING {Columns}
        """;

    private const string Next =
        $"""
        UPDATE procdedup.claim SET token = $3, reason = $4, lease_ms = $5, pid = $6, start = $7, boot = $8, pid_namespace = $9,
          os_user = $10, machine = $11, command = $12, granted = clock_timestamp(),
          fence = CASE WHEN $13 THEN fence ELSE fence + 1 END, since = CASE WHEN $13 THEN since ELSE clock_timestamp() END
        WHERE namespace = $1 AND key = $2 RETURNING {Columns}
        """;

    private const string Look = $"SELECT {Columns} FROM procdedup.claim WHERE namespace = $1 AND key = $2";

    public static async Task<ClaimResult> Add(Session session, ClaimRequest request, CancellationToken cancellation)
    {
        if (await Read(session, First, cancellation, ClaimRecord.Values(request, null)) is { } first)
            return Won(session, request, first, null);
        // Most of those who come later have lost for good: they need no lock on the row.
        ClaimRecord found = await Read(session, Look, cancellation, request.Namespace, request.Key)
            ?? throw new InvalidOperationException(Message.Of(Key.MisuseClaimRowIsNeverRemovedAnd));
        if (!found.IsOpenFor(request.Token))
            return Lost(session, found);
        await using NpgsqlTransaction transaction = await session.Connection.BeginTransactionAsync(cancellation);
        found = (await Read(session, Look + " FOR UPDATE", cancellation, request.Namespace, request.Key))!;
        if (!found.IsOpenFor(request.Token))
            return Lost(session, found);
        bool isOwn = found.IsOwnedBy(request.Token);
        ClaimRecord next = (await Read(session, Next, cancellation, [.. ClaimRecord.Values(request, isOwn ? found : null), isOwn]))!;
        await transaction.CommitAsync(cancellation);
        return Won(session, request, next, isOwn || found.TokenHash is null ? null : found.Owner);
    }

    public static async Task<IReadOnlyList<Claim>> Find(Session session, string? name, string? key, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = session.Command(
            $"""
            SELECT {Columns} FROM procdedup.claim
            WHERE token IS NOT NULL AND ($1::text IS NULL OR namespace = $1) AND ($2::text IS NULL OR key = $2) ORDER BY namespace, key
            """,
            AnswerSeconds, ClaimRecord.Text(name), ClaimRecord.Text(key));
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
        var claims = new List<Claim>();
        while (await reader.ReadAsync(cancellation))
            claims.Add(ClaimRecord.Of(reader).ToClaim(session.Place));
        return claims;
    }

    public static async Task<Claim> Remove(
        Session session, string name, string key, string? token, bool force, CancellationToken cancellation)
    {
        await using NpgsqlTransaction transaction = await session.Connection.BeginTransactionAsync(cancellation);
        ClaimRecord? found = await Read(session, Look + " FOR UPDATE", cancellation, name, key);
        if (found?.TokenHash is null)
            throw ClaimFailures.NotFound(name, key);
        Claim claim = found.ToClaim(session.Place);
        if (!force && !found.IsOwnedBy(token))
            throw ClaimFailures.NotOwned(claim);
        await using NpgsqlCommand command = session.Command(
            "UPDATE procdedup.claim SET token = NULL WHERE namespace = $1 AND key = $2", AnswerSeconds, name, key);
        await command.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return claim;
    }

    private static async Task<ClaimRecord?> Read(Session session, string sql, CancellationToken cancellation, params object?[] values)
    {
        await using NpgsqlCommand command = session.Command(sql, AnswerSeconds, values);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation);
        ClaimRecord? record = await reader.ReadAsync(CancellationToken.None) ? ClaimRecord.Of(reader) : null;
        // The row comes before the word that it is committed.
        await reader.NextResultAsync(CancellationToken.None);
        return record;
    }

    private static ClaimResult Won(Session session, ClaimRequest request, ClaimRecord row, ClaimOwner? before) =>
        new(row.ToClaim(session.Place)) { Outcome = ClaimOutcome.Won, Token = request.Token, TakenOverFrom = before };

    private static ClaimResult Lost(Session session, ClaimRecord row) =>
        new(row.ToClaim(session.Place)) { Outcome = ClaimOutcome.Lost };
}
