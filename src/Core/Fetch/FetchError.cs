namespace ProcessDedup.Fetch;

/// <summary>Why something was not fetched or stored.</summary>
public enum FetchError
{
    /// <summary>The address is malformed.</summary>
    FetchUriInvalid,

    /// <summary>No fetcher knows the scheme of the address.</summary>
    FetchSchemeUnsupported,

    /// <summary>An expected hash is malformed, or its algorithm is not supported.</summary>
    FetchHashInvalid,

    /// <summary>Options contradict each other, or one of them is out of range.</summary>
    FetchOptionsInvalid,

    /// <summary>The bytes that came are not those that were expected.</summary>
    FetchHashMismatch,

    /// <summary>The origin says that there is no such thing (404, 410), or the file does not exist.</summary>
    FetchNotFound,

    /// <summary>The origin, or the file system, refuses (401, 403, 407).</summary>
    FetchAccessDenied,

    /// <summary>The origin answered with another status that is no success.</summary>
    FetchHttpStatus,

    /// <summary>The origin asked for patience (429, 503 with Retry-After) for longer than there is time.</summary>
    FetchRateLimited,

    /// <summary>The origin could not be reached, or broke off.</summary>
    FetchConnectionFailed,

    /// <summary>Nothing came for longer than the inactivity timeout.</summary>
    FetchStalled,

    /// <summary>It was not done within the time that this caller had.</summary>
    FetchTimedOut,

    /// <summary>Fewer bytes came than were announced.</summary>
    FetchTruncated,

    /// <summary>More bytes came, or were announced, than are allowed.</summary>
    FetchTooLarge,

    /// <summary>The body has a Content-Encoding that nobody asked for, and that is not known here.</summary>
    FetchEncodingUnsupported,

    /// <summary>Redirects without end.</summary>
    FetchTooManyRedirects,

    /// <summary>A redirect to where no redirect may lead.</summary>
    FetchRedirectInvalid,

    /// <summary>It is not in the cache, and the network may not be asked.</summary>
    FetchOffline,

    /// <summary>The file is no archive of a known kind.</summary>
    ArchiveUnsupported,

    /// <summary>The archive cannot be read to its end.</summary>
    ArchiveCorrupt,

    /// <summary>The archive would write outside its directory, or contains what no archive should.</summary>
    ArchiveUnsafe,

    /// <summary>The archive unpacks to more than is allowed.</summary>
    ArchiveTooLarge,

    /// <summary>git, or another program that is needed, is not installed.</summary>
    ProgramMissing,

    /// <summary>git failed.</summary>
    GitFailed,

    /// <summary>The repository has no such branch, tag or commit.</summary>
    GitRefNotFound,

    /// <summary>The block or command that was to produce the content failed.</summary>
    ProducerFailed,

    /// <summary>A build left behind what makes its result unsafe to publish: nothing at all, or an open file.</summary>
    BuildUnclean,

    /// <summary>A file that a build depends on is not there.</summary>
    BuildInputMissing,

    /// <summary>The key of an artifact cannot be one.</summary>
    ArtifactKeyInvalid,

    /// <summary>Neither the local store nor a substituter has the artifact.</summary>
    ArtifactNotFound,

    /// <summary>What is to be saved as an artifact is not there, or cannot be one.</summary>
    ArtifactSourceInvalid,

    /// <summary>Something else is kept under the key.</summary>
    ArtifactDiffers,

    /// <summary>The cache directory was made by a newer version.</summary>
    StoreNewerVersion,

    /// <summary>The cache directory cannot be trusted, or something in it is not what it should be.</summary>
    StoreUnsafe,

    /// <summary>No space is left.</summary>
    StoreDiskFull,

    /// <summary>The file system is read-only.</summary>
    StoreReadOnly,

    /// <summary>Rights to the cache directory are missing.</summary>
    StoreAccessDenied,

    /// <summary>The place for the result cannot be used.</summary>
    DestinationInvalid,

    /// <summary>Any other failure of the system.</summary>
    StoreIoError,

    /// <summary>The address of a substituter is malformed.</summary>
    SubstituterInvalid,

    /// <summary>A substituter cannot be reached, does not answer, or broke off.</summary>
    SubstituterUnreachable,

    /// <summary>A substituter does not let in who asks, or does not take what is to be published.</summary>
    SubstituterRefused,

    /// <summary>What a substituter holds is not what it should be, or the tree cannot be published.</summary>
    ArtifactInvalid,

    /// <summary>An artifact bears no valid signature of a trusted key.</summary>
    SignatureInvalid,

    /// <summary>A key for signatures cannot be used.</summary>
    SigningKeyInvalid,
}
