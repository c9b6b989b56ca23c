using System;

namespace ProcessDedup.Claims;

/// <summary>Something with a claim did not work. Says what, why, and what to do next.</summary>
public sealed class ClaimException : DedupException
{
    /// <summary>Creates the error; see <see cref="ClaimFailures"/> for the texts.</summary>
    /// <param name="error">What went wrong.</param>
    /// <param name="target">The namespace and the key.</param>
    /// <param name="cause">The reason, as a sentence without the next step.</param>
    /// <param name="nextStep">What the reader can do now.</param>
    /// <param name="inner">The error below.</param>
    public ClaimException(ClaimError error, string target, string cause, string nextStep, Exception? inner = null)
        : base(target, cause, nextStep, inner) => Error = error;

    /// <summary>What went wrong.</summary>
    public ClaimError Error { get; }

    /// <inheritdoc/>
    public override string ErrorId => Error.ToString();

    /// <summary>With <see cref="ClaimError.ClaimOutcomeUnknown"/>: asking again with this token finds out. Else null.</summary>
    public string? Token { get; init; }
}
