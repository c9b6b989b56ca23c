using System;

namespace ProcessDedup.Fetch;

/// <summary>Something was not fetched. Says what, why, and what to do next; never anything secret.</summary>
public sealed class FetchException : DedupException
{
    /// <summary>Creates the error; see <see cref="FetchFailures"/> for the texts.</summary>
    /// <param name="error">What went wrong.</param>
    /// <param name="target">The address without secrets, or the path.</param>
    /// <param name="cause">The reason, as a sentence without the next step.</param>
    /// <param name="nextStep">What the reader can do now.</param>
    /// <param name="inner">The system's own error.</param>
    public FetchException(FetchError error, string target, string cause, string nextStep, Exception? inner = null)
        : base(target, cause, nextStep, inner) => Error = error;

    /// <summary>What went wrong.</summary>
    public FetchError Error { get; }

    /// <inheritdoc/>
    public override string ErrorId => Error.ToString();

    /// <summary>The HTTP status that the origin answered with; null if it was none.</summary>
    public int? StatusCode { get; init; }

    /// <summary>Is all that is wrong a link that leads out of its tree, which an option allows?</summary>
    internal bool IsOutwardLink { get; init; }

    /// <summary>
    /// True if the same request, made right now by another process, would fail in the same way: those who wait for it
    /// fail with it at once.
    /// </summary>
    public bool IsShared => Error is FetchError.FetchHashMismatch or FetchError.FetchNotFound or FetchError.FetchAccessDenied
        or FetchError.FetchHttpStatus or FetchError.FetchConnectionFailed
        or FetchError.FetchStalled or FetchError.FetchTruncated
        or FetchError.FetchTooManyRedirects or FetchError.FetchEncodingUnsupported or FetchError.FetchRedirectInvalid
        or FetchError.ArchiveUnsupported or FetchError.ArchiveCorrupt or FetchError.ArchiveUnsafe or FetchError.ArchiveTooLarge
        or FetchError.GitFailed or FetchError.GitRefNotFound or FetchError.ProducerFailed
        or FetchError.BuildUnclean or FetchError.ArtifactNotFound;
}
