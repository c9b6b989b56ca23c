using System;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using NpgsqlTypes;
using ProcessDedup.Claims;
using ProcessDedup.Locks;
using ProcessDedup.Platform;

namespace ProcessDedup.Postgres;

/// <summary>
/// A claim as its row has it. The row stays when the claim is removed, without a token: its counter must not begin anew.
/// Of the token only a hash is written.
/// </summary>
internal sealed record ClaimRecord(
    string Namespace, string Key, long Fence, byte[]? TokenHash, DateTimeOffset Since, string? Reason,
    TimeSpan? Left, bool IsOver, ClaimOwner Owner)
{
    public static ClaimRecord Of(NpgsqlDataReader row)
    {
        string Text(int column) => row.IsDBNull(column) ? string.Empty : RedactedCommandLine.Sanitize(row.GetString(column));
        return new ClaimRecord(
            row.GetString(0), row.GetString(1), row.GetInt64(2), row.IsDBNull(3) ? null : row.GetFieldValue<byte[]>(3),
            new DateTimeOffset(row.GetDateTime(4)), row.IsDBNull(5) ? null : Text(5),
            row.IsDBNull(6) ? null : row.GetTimeSpan(6), !row.IsDBNull(7) && row.GetBoolean(7),
            new ClaimOwner
            {
                ProcessId = row.GetInt32(8),
                ProcessStart = row.GetInt64(9),
                BootId = Text(10),
                ProcessNamespace = Text(11),
                User = Text(12),
                Machine = Text(13),
                CommandLine = Text(14),
            });
    }

    /// <summary>The parameters $1 to $12 of whoever asks: a new winner, or the owner once more.</summary>
    public static object?[] Values(ClaimRequest request, ClaimRecord? own)
    {
        OwnerRecord self = OwnerRecord.ForThisProcess(LockMode.Exclusive, request.Reason, default);
        return
        [
            request.Namespace, request.Key, HashOf(request.Token!), Text(self.Reason ?? own?.Reason),
            new NpgsqlParameter
            {
                Value = request.Lease is { } lease ? (long)Math.Ceiling(lease.TotalMilliseconds) : DBNull.Value,
                NpgsqlDbType = NpgsqlDbType.Bigint,
            },
            self.Process.ProcessId, self.Process.StartTicks, self.Process.BootId, self.Process.Namespace,
            WithoutNul(self.User), WithoutNul(self.Host), WithoutNul(self.CommandLine),
        ];
    }

    public static NpgsqlParameter Text(string? text) =>
        new() { Value = text is null ? DBNull.Value : WithoutNul(text), NpgsqlDbType = NpgsqlDbType.Text };

    /// <summary>Was it won with this token?</summary>
    public bool IsOwnedBy(string? token) => token is not null && TokenHash is not null && TokenHash.SequenceEqual(HashOf(token));

    /// <summary>May whoever shows this token have the key?</summary>
    public bool IsOpenFor(string? token) => TokenHash is null || IsOver || IsOwnedBy(token);

    public Claim ToClaim(string place) => new()
    {
        Path = place,
        Namespace = Namespace,
        Key = Key,
        Owner = Owner,
        Fence = Fence,
        Since = Since.ToLocalTime(),
        Reason = Reason,
        // The server's clock has decided; told is the moment as this machine's clock stands.
        LeaseEnd = Left is { } left ? DateTimeOffset.Now + left : null,
        IsExpired = IsOver,
    };

    private static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    // The one character that no text of the server can have.
    private static string WithoutNul(string text) => text.Replace('\0', '?');
}
