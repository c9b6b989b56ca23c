using System;

namespace ProcessDedup.Coordination;

/// <summary>A coordinator cannot be used. Says which, why, and what to do next; never a password.</summary>
public sealed class CoordinatorException : DedupException
{
    /// <summary>Creates the error; see <see cref="CoordinatorFailures"/> for the texts.</summary>
    /// <param name="error">What went wrong.</param>
    /// <param name="target">The server, without anything secret.</param>
    /// <param name="cause">The reason, as a sentence without the next step.</param>
    /// <param name="nextStep">What the reader can do now.</param>
    /// <param name="inner">The error below.</param>
    public CoordinatorException(CoordinatorError error, string target, string cause, string nextStep, Exception? inner = null)
        : base(target, cause, nextStep, inner) => Error = error;

    /// <summary>The error of a part that is missing.</summary>
    public static CoordinatorException NotInstalled(string part) => CoordinatorFailures.NotInstalled(part);

    /// <summary>The error of a file that a coordinator is asked for.</summary>
    public static CoordinatorException NeedsName(string path) => CoordinatorFailures.NeedsName(path);

    /// <summary>The error of a claim of another coordinator than the one that is asked.</summary>
    public static CoordinatorException Elsewhere(string place) => CoordinatorFailures.Elsewhere(place);

    /// <summary>What went wrong.</summary>
    public CoordinatorError Error { get; }

    /// <inheritdoc/>
    public override string ErrorId => Error.ToString();
}
