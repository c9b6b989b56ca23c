using System;
using System.Globalization;
using System.Text;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Retry;

namespace ProcessDedup.Claims;

/// <summary>What is to be claimed, and for how long.</summary>
public sealed record ClaimRequest
{
    /// <summary>Longest key in bytes of UTF-8. Keys are compared at every claim, and a hash says as much as a page.</summary>
    public const int LongestKeyBytes = 1024;

    private const int LongestToken = 200;
    private const int LongestReason = 200;

    // A DateTimeOffset of the next thousands of years could be kept; whoever says more means no lease.
    private static readonly TimeSpan LongestLease = TimeSpan.FromSeconds(LongestDurations.LeaseSec);

    /// <summary>Wants a key.</summary>
    /// <param name="name">The namespace, after the rules of lock names.</param>
    /// <param name="key">The key, compared byte by byte: case counts, and so does how an accent is written.</param>
    public ClaimRequest(string name, string key) => (Namespace, Key) = (name, key);

    /// <summary>The namespace.</summary>
    public string Namespace { get; init; }

    /// <summary>The key.</summary>
    public string Key { get; init; }

    /// <summary>For how long the claim lasts unless it is asked for again; null: until it is removed.</summary>
    public TimeSpan? Lease { get; init; }

    /// <summary>What it is claimed for.</summary>
    public string? Reason { get; init; }

    /// <summary>
    /// Whoever gives the token that the claim was won with is its owner. Without one the request gets a random one of its own.
    /// </summary>
    public string? Token { get; init; }

    /// <summary>Checks everything, and gives it a token.</summary>
    /// <exception cref="ClaimException">Something cannot be kept.</exception>
    internal ClaimRequest Checked()
    {
        string name = CheckedNamespace(Namespace);
        string key = CheckedKey(name, Key);
        if (Lease is { } lease && (lease <= TimeSpan.Zero || lease > LongestLease))
            throw ClaimFailures.LeaseInvalid(name, key, lease <= TimeSpan.Zero
                ? Message.Of(Messages.Key.ReasonNotMoreThanZeroSeconds) : Message.Of(Messages.Key.ReasonLongerThanHundredYears));
        return this with
        {
            Namespace = name,
            Key = key,
            Token = Token is null ? Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture) : CheckedToken(name, key, Token),
            Reason = string.IsNullOrEmpty(Reason) ? null : Shortened.To(Reason, LongestReason),
        };
    }

    internal static string CheckedNamespace(string? name)
    {
        try
        {
            return LockName.Parse(name!).Text;
        }
        catch (LockException e)
        {
            throw ClaimFailures.NamespaceInvalid(name ?? string.Empty, e.Cause, e);
        }
    }

    internal static string CheckedKey(string name, string? key)
    {
        if (string.IsNullOrEmpty(key))
            throw ClaimFailures.KeyInvalid(name, string.Empty, Message.Of(Messages.Key.ReasonEmpty));
        // The cheap look first: a text of gigabytes is not encoded to be measured.
        if (key!.Length > LongestKeyBytes || Encoding.UTF8.GetByteCount(key) > LongestKeyBytes)
            throw ClaimFailures.KeyInvalid(name, key, Message.Of(Messages.Key.ReasonTooLong));
        for (int i = 0; i < key.Length; i++)
        {
            if (char.IsControl(key[i]))
                throw ClaimFailures.KeyInvalid(name, key,
                    Message.Of(Messages.Key.ReasonContainsControlCharacterU, ((int)key[i]).ToString("X4", CultureInfo.InvariantCulture)));
            if (char.IsSurrogatePair(key, i))
                i++;
            else if (char.IsSurrogate(key[i]))
                throw ClaimFailures.KeyInvalid(name, key, Message.Of(Messages.Key.ReasonContainsHalfSurrogatePair));
        }

        return key;
    }

    internal static string CheckedToken(string name, string key, string token) =>
        string.IsNullOrWhiteSpace(token) ? throw ClaimFailures.TokenInvalid(name, key, Message.Of(Messages.Key.ReasonEmpty))
        : token.Length > LongestToken ? throw ClaimFailures.TokenInvalid(name, key, Message.Of(Messages.Key.ReasonLongerThan200Characters))
        : token;
}
