using System;
using System.Collections.Generic;

namespace ProcessDedup.Substituters;

/// <summary>Other stores from which artifacts can be restored, and how they are dealt with.</summary>
public sealed record SubstituterOptions
{
    /// <summary>
    /// In the order in which they are asked: directories or UNC shares, http(s) addresses, s3://bucket/prefix. With
    /// <c>?trusted=true</c> at its end one needs no signatures (as Nix has it).
    /// </summary>
    public IReadOnlyList<string> Addresses { get; init; } = [];

    /// <summary>
    /// Paths of PEM files with public keys (ECDSA, P-256). If there are any, what a substituter that is not trusted has
    /// must be signed by one of them; if there are none, no signature is asked for.
    /// </summary>
    public IReadOnlyList<string> TrustedKeys { get; init; } = [];

    /// <summary>For how long a substituter may keep silent before it counts as dead; zero for ever.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>For how long nothing, or next to nothing, may come of an artifact that is being transferred; zero for ever.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For how long all processes remember that a substituter has not got an artifact; zero: not at all.</summary>
    public TimeSpan NegativeTtl { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>For how long all processes leave a dead substituter alone; zero: not at all.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(60);
}
