using System;

namespace ProcessDedup.Claims;

/// <summary>Who has a key.</summary>
public record Claim
{
    /// <summary>The namespace.</summary>
    public string Namespace { get; init; } = string.Empty;

    /// <summary>The key.</summary>
    public string Key { get; init; } = string.Empty;

    /// <summary>The file that it is kept in, so that it can be piped on.</summary>
    public string Path { get; init; } = string.Empty;

    /// <summary>Whose it is.</summary>
    public ClaimOwner Owner { get; init; } = new();

    /// <summary>
    /// The fencing counter: one more with every new winner of this key, never the same twice, also after a removal. Whoever
    /// the work is done upon can refuse a counter lower than one that it has seen: its owner has lost the claim meanwhile.
    /// </summary>
    public long Fence { get; init; }

    /// <summary>When it was won.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>What it was claimed for.</summary>
    public string? Reason { get; init; }

    /// <summary>When its lease ends, as this machine's clock stands now; null: never.</summary>
    public DateTimeOffset? LeaseEnd { get; init; }

    /// <summary>True if the lease was over when it was looked at: the next one who asks gets the key.</summary>
    public bool IsExpired { get; init; }
}

/// <summary>Who got the key.</summary>
public enum ClaimOutcome
{
    /// <summary>The one who asked: now, or before with the same token.</summary>
    Won,

    /// <summary>Somebody else has it.</summary>
    Lost,
}

/// <summary>The answer to a request.</summary>
public sealed record ClaimResult : Claim
{
    internal ClaimResult(Claim claim)
        : base(claim)
    {
    }

    /// <summary>Won, or Lost to <see cref="Claim.Owner"/>.</summary>
    public ClaimOutcome Outcome { get; init; }

    /// <summary>What the winner shows to renew or remove the claim; null if it was lost.</summary>
    public string? Token { get; init; }

    /// <summary>Whose expired lease was taken over: what that one did may be half done. Else null.</summary>
    public ClaimOwner? TakenOverFrom { get; init; }
}
