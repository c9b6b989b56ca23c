using System;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using ProcessDedup.Locks;
using ProcessDedup.Platform;
using ProcessDedup.Sqlite;

namespace ProcessDedup.Claims;

/// <summary>
/// A claim as its row has it. The row stays when the claim is removed, without a token: its counter must not begin anew.
/// Of the token only a hash is written, as it may be a secret of the caller's own.
/// </summary>
internal sealed record ClaimRow(
    string Namespace, string Key, long Fence, byte[]? TokenHash, DateTimeOffset Since, string? Reason,
    MachineMoment GrantedAt, TimeSpan? Length, ClaimOwner Owner)
{
    public const string Columns =
        "namespace, key, fence, token, since, reason, granted_utc, granted_ticks, lease_ms, pid, start, boot, pid_namespace, user, machine, command";

    private ClaimLease? Lease => Length is { } length ? new ClaimLease(GrantedAt, length) : null;

    public bool IsOverAt(MachineMoment now) => Lease is { } lease && lease.IsOverAt(now);

    /// <summary>Was the claim won with this token?</summary>
    public bool IsOwnedBy(string? token) => token is not null && TokenHash is not null && TokenHash.SequenceEqual(HashOf(token));

    /// <summary>The row of whoever asks: a new winner's, or its own once more.</summary>
    public static ClaimRow For(ClaimRequest request, ClaimRow? own, long fence, MachineMoment now)
    {
        OwnerRecord self = OwnerRecord.ForThisProcess(LockMode.Exclusive, request.Reason, default);
        return new ClaimRow(
            request.Namespace, request.Key, fence, HashOf(request.Token!), own?.Since ?? AsKept(now.Utc), self.Reason ?? own?.Reason, now, request.Lease,
            new ClaimOwner
            {
                ProcessId = self.Process.ProcessId,
                ProcessStart = self.Process.StartTicks,
                BootId = self.Process.BootId,
                ProcessNamespace = self.Process.Namespace,
                User = self.User,
                Machine = self.Host,
                CommandLine = self.CommandLine,
            });
    }

    public static ClaimRow Read(SqliteRow row) => new(
        Text(row, 0), Text(row, 1), Number(row, 2), row[3] as byte[], Moment(row, 4), row[5] as string,
        new MachineMoment(Text(row, 11), Number(row, 7), Moment(row, 6)),
        row[8] is long milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null,
        new ClaimOwner
        {
            ProcessId = (int)Number(row, 9),
            ProcessStart = Number(row, 10),
            BootId = Text(row, 11),
            ProcessNamespace = Text(row, 12),
            User = Text(row, 13),
            Machine = Text(row, 14),
            CommandLine = Text(row, 15),
        });

    public SqliteParameters Values() => SqliteParameters.Ordered(
        Namespace, Key, Fence, TokenHash, Since.ToUnixTimeMilliseconds(), Reason,
        GrantedAt.Utc.ToUnixTimeMilliseconds(), GrantedAt.Ticks, Length is { } length ? (long)Math.Ceiling(length.TotalMilliseconds) : null,
        Owner.ProcessId, Owner.ProcessStart, GrantedAt.BootId, Owner.ProcessNamespace, Owner.User, Owner.Machine, Owner.CommandLine);

    public Claim ToClaim(string path, MachineMoment now) => new()
    {
        Path = path,
        Namespace = Namespace,
        Key = Key,
        Owner = Owner,
        Fence = Fence,
        Since = Since.ToLocalTime(),
        Reason = Reason,
        LeaseEnd = Lease?.EndSeenAt(now).ToLocalTime(),
        IsExpired = IsOverAt(now),
    };

    /// <summary>To the millisecond, so that the winner is told the same moment as those who read the row.</summary>
    private static DateTimeOffset AsKept(DateTimeOffset moment) => DateTimeOffset.FromUnixTimeMilliseconds(moment.ToUnixTimeMilliseconds());

    private static byte[] HashOf(string token)
    {
        return SHA256.HashData(Encoding.UTF8.GetBytes(token));
    }

    // The file may be anybody's with -Path: what is in it steers no terminal, and is no reason to crash.
    private static string Text(SqliteRow row, int column) => RedactedCommandLine.Sanitize(row[column] as string ?? string.Empty);

    private static long Number(SqliteRow row, int column) => row[column] is long number ? number : 0;

    private static DateTimeOffset Moment(SqliteRow row, int column)
    {
        // The years that a DateTimeOffset can hold, less a day for time zones.
        const long least = -62135510400000, most = 253402214400000;
        return DateTimeOffset.FromUnixTimeMilliseconds(Math.Min(most, Math.Max(least, Number(row, column))));
    }
}
