using System;
using ProcessDedup.Retry;

namespace ProcessDedup.Fetch.Http;

/// <summary>How long, how much and how often.</summary>
internal sealed record HttpLimits
{
    /// <summary>Longest time in which nothing comes, headers or body; zero for ever.</summary>
    public TimeSpan InactivityTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Longest time to connect; zero for ever.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest body; null for any.</summary>
    public long? MaxBytes { get; init; }

    public int MaxRedirects { get; init; } = 20;

    public int MaxAttempts { get; init; } = 5;

    /// <summary>What to do where the server has asked this user for patience.</summary>
    public CooldownAction OnCooldown { get; init; }

    public Deadline Deadline { get; init; } = Deadline.Never;

    /// <summary>Waits between attempts (the figures of Nix).</summary>
    public Backoff Backoff { get; init; } = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(60));

    /// <summary>Waits after 429 and 503.</summary>
    public Backoff BusyBackoff { get; init; } = new(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60));
}
