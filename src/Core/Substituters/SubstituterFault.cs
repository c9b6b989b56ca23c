using System;
using ProcessDedup.Fetch;

namespace ProcessDedup.Substituters;

/// <summary>
/// What a substituter does wrong. Who restores says it and goes on with the next one; who publishes fails with it. The
/// message is a part of a sentence, without secrets and full stop.
/// </summary>
internal sealed class SubstituterFault : Exception
{
    private SubstituterFault(FetchError error, string cause, Exception? inner)
        : base(cause, inner) => Error = error;

    public FetchError Error { get; }

    /// <summary>Nobody gets anything there for a while.</summary>
    public bool IsDead => Error == FetchError.SubstituterUnreachable;

    /// <summary>For how long it asked to be left alone; null if it did not.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>It cannot be reached, or keeps silent.</summary>
    public static SubstituterFault Dead(string cause, Exception? inner = null, TimeSpan? retryAfter = null) =>
        new(FetchError.SubstituterUnreachable, cause, inner) { RetryAfter = retryAfter };

    /// <summary>It answers that it does not want to.</summary>
    public static SubstituterFault Refused(string cause, Exception? inner = null) => new(FetchError.SubstituterRefused, cause, inner);

    /// <summary>What it has is wrong.</summary>
    public static SubstituterFault Artifact(string cause, Exception? inner = null) => new(FetchError.ArtifactInvalid, cause, inner);

    /// <summary>What it has is not signed as it should be.</summary>
    public static SubstituterFault Unsigned(string cause) => new(FetchError.SignatureInvalid, cause, null);
}
