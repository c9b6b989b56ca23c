using System;

namespace ProcessDedup.Fetch.Http;

/// <summary>One attempt failed; the download decides whether there is another. The message has no secrets and no full stop.</summary>
internal sealed class HttpAttemptException(FetchError error, string cause, bool mayPass, Exception? inner = null)
    : Exception(cause, inner)
{
    public FetchError Error { get; } = error;

    /// <summary>Another attempt may succeed.</summary>
    public bool MayPass { get; } = mayPass;

    public int? Status { get; init; }

    /// <summary>What the origin asked for.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The server's certificate is not trusted.</summary>
    public bool IsUntrusted { get; init; }

    /// <summary>The server would take Negotiate; null if it would not, or the login is not for it.</summary>
    public NegotiateOffer? Negotiate { get; init; }

    /// <summary>Which requests are to wait; null: none but this one.</summary>
    public CooldownScope? Cooldown { get; init; }

    /// <summary>The host has too much to do: 429, 503.</summary>
    public bool IsBusy => Cooldown is not null || Status == 503;
}
