using System.Management.Automation;
using ProcessDedup.Claims;
using ProcessDedup.Coordination;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Sqlite;

namespace ProcessDedup.Cmdlets;

/// <summary>The category of each error id. A test sees to it that none is left out.</summary>
internal static class ErrorCategories
{
    public static ErrorCategory Of(DedupException e) => e switch
    {
        LockException lockError => Of(lockError.Error),
        FetchException fetchError => Of(fetchError.Error),
        SqliteException sqliteError => Of(sqliteError.Error),
        ClaimException claimError => Of(claimError.Error),
        CoordinatorException fleetError => Of(fleetError.Error),
        _ => ErrorCategory.NotSpecified,
    };

    internal static ErrorCategory Of(CoordinatorError error) => error switch
    {
        CoordinatorError.CoordinatorInvalid or CoordinatorError.CoordinatorNeedsName or CoordinatorError.CoordinatorNameCollision
            => ErrorCategory.InvalidArgument,
        CoordinatorError.CoordinatorNotInstalled => ErrorCategory.NotInstalled,
        CoordinatorError.CoordinatorUnreachable or CoordinatorError.CoordinatorPooled => ErrorCategory.ConnectionError,
        CoordinatorError.CoordinatorFailed => ErrorCategory.ProtocolError,
        CoordinatorError.CoordinatorTimeout => ErrorCategory.OperationTimeout,
        CoordinatorError.CoordinatorAccessDenied => ErrorCategory.AuthenticationError,
        CoordinatorError.CoordinatorRightsMissing => ErrorCategory.PermissionDenied,
        CoordinatorError.CoordinatorFull => ErrorCategory.LimitsExceeded,
        CoordinatorError.CoordinatorVersionUnsupported or CoordinatorError.CoordinatorUnfit
            => ErrorCategory.NotImplemented,
        CoordinatorError.CoordinatorSchemaNewer => ErrorCategory.InvalidOperation,
        _ => ErrorCategory.NotSpecified,
    };

    internal static ErrorCategory Of(ClaimError error) => error switch
    {
        ClaimError.ClaimNotFound => ErrorCategory.ObjectNotFound,
        ClaimError.ClaimNotOwned => ErrorCategory.PermissionDenied,
        ClaimError.ClaimOutcomeUnknown => ErrorCategory.InvalidResult,
        ClaimError.ClaimNamespaceInvalid or ClaimError.ClaimKeyInvalid or ClaimError.ClaimLeaseInvalid or ClaimError.ClaimTokenInvalid
            or ClaimError.ClaimPathNeeded => ErrorCategory.InvalidArgument,
        _ => ErrorCategory.NotSpecified,
    };

    internal static ErrorCategory Of(FetchError error) => error switch
    {
        FetchError.FetchUriInvalid or FetchError.FetchSchemeUnsupported or FetchError.FetchHashInvalid
            or FetchError.FetchOptionsInvalid or FetchError.DestinationInvalid
            or FetchError.ArtifactKeyInvalid or FetchError.ArtifactSourceInvalid or FetchError.SubstituterInvalid
            or FetchError.SigningKeyInvalid => ErrorCategory.InvalidArgument,
        FetchError.FetchHashMismatch or FetchError.FetchTruncated or FetchError.FetchEncodingUnsupported or FetchError.ArchiveUnsupported
            or FetchError.ArchiveCorrupt or FetchError.ArtifactInvalid => ErrorCategory.InvalidData,
        FetchError.ArchiveUnsafe or FetchError.FetchRedirectInvalid or FetchError.StoreUnsafe
            or FetchError.SignatureInvalid => ErrorCategory.SecurityError,
        FetchError.FetchNotFound or FetchError.GitRefNotFound or FetchError.ArtifactNotFound
            or FetchError.BuildInputMissing => ErrorCategory.ObjectNotFound,
        FetchError.FetchAccessDenied or FetchError.StoreAccessDenied
            or FetchError.SubstituterRefused => ErrorCategory.PermissionDenied,
        FetchError.FetchConnectionFailed or FetchError.FetchTooManyRedirects
            or FetchError.SubstituterUnreachable => ErrorCategory.ConnectionError,
        FetchError.FetchHttpStatus => ErrorCategory.ProtocolError,
        FetchError.GitFailed => ErrorCategory.FromStdErr,
        FetchError.ProducerFailed => ErrorCategory.OperationStopped,
        FetchError.FetchStalled or FetchError.FetchTimedOut => ErrorCategory.OperationTimeout,
        FetchError.FetchRateLimited or FetchError.FetchOffline => ErrorCategory.ResourceUnavailable,
        FetchError.BuildUnclean => ErrorCategory.InvalidResult,
        FetchError.FetchTooLarge or FetchError.ArchiveTooLarge => ErrorCategory.LimitsExceeded,
        FetchError.ProgramMissing => ErrorCategory.NotInstalled,
        FetchError.StoreDiskFull or FetchError.StoreReadOnly or FetchError.StoreIoError => ErrorCategory.WriteError,
        FetchError.StoreNewerVersion => ErrorCategory.InvalidOperation,
        FetchError.ArtifactDiffers => ErrorCategory.ResourceExists,
        _ => ErrorCategory.NotSpecified,
    };

    internal static ErrorCategory Of(LockError error) => error switch
    {
        LockError.LockTimeout => ErrorCategory.OperationTimeout,
        LockError.LockBusy => ErrorCategory.ResourceBusy,
        LockError.LockReentered or LockError.LockCycle => ErrorCategory.DeadlockDetected,
        LockError.LockNameInvalid or LockError.LockPathInvalid or LockError.LockPathIsDirectory
            or LockError.LockPathIsLink or LockError.LockPathUnfit
            or LockError.LockSlotsInvalid or LockError.LockSlotsMismatch or LockError.LockRegistrationInvalid => ErrorCategory.InvalidArgument,
        LockError.LockAccessDenied or LockError.LockFileForeignOwner => ErrorCategory.PermissionDenied,
        LockError.LockDirectoryUnsafe => ErrorCategory.SecurityError,
        LockError.LockNameTaken => ErrorCategory.ResourceExists,
        LockError.LockNameUnregistered => ErrorCategory.PermissionDenied,
        LockError.LockDirectoryMissing or LockError.LockNameUnknown => ErrorCategory.ObjectNotFound,
        LockError.LockFileSystemUnsupported => ErrorCategory.NotImplemented,
        LockError.LockDiskFull or LockError.LockReadOnly => ErrorCategory.WriteError,
        LockError.LockTooManyFiles => ErrorCategory.LimitsExceeded,
        LockError.LockHolderRemote or LockError.LockHolderUnverified or LockError.LockHolderIsCaller => ErrorCategory.InvalidOperation,
        LockError.LockHolderDenied => ErrorCategory.PermissionDenied,
        LockError.LockLost => ErrorCategory.InvalidResult,
        LockError.LockIoError => ErrorCategory.OpenError,
        _ => ErrorCategory.NotSpecified,
    };

    internal static ErrorCategory Of(SqliteError error) => error switch
    {
        SqliteError.SqlitePathInvalid or SqliteError.SqlitePathIsDirectory or SqliteError.SqlitePathIsLink
            or SqliteError.SqliteStatementCount or SqliteError.SqliteParameterMissing or SqliteError.SqliteParameterSurplus
            or SqliteError.SqliteParameterInvalid or SqliteError.SqliteOptionsInvalid => ErrorCategory.InvalidArgument,
        SqliteError.SqliteDirectoryMissing => ErrorCategory.ObjectNotFound,
        SqliteError.SqliteBackupTargetExists => ErrorCategory.ResourceExists,
        SqliteError.SqliteCannotOpen => ErrorCategory.OpenError,
        SqliteError.SqliteReadOnly => ErrorCategory.PermissionDenied,
        SqliteError.SqliteNotADatabase or SqliteError.SqliteCorrupt or SqliteError.SqliteConstraint
            or SqliteError.SqliteRecoveryFailed => ErrorCategory.InvalidData,
        SqliteError.SqliteFull or SqliteError.SqliteIoError => ErrorCategory.WriteError,
        SqliteError.SqliteBusy => ErrorCategory.ResourceBusy,
        SqliteError.SqliteOutcomeUnknown => ErrorCategory.InvalidResult,
        SqliteError.SqliteStatementInvalid => ErrorCategory.SyntaxError,
        SqliteError.SqliteTransactionControl or SqliteError.SqliteTransactionEnded or SqliteError.SqliteBlockLeft
            or SqliteError.SqliteSchemaNewer or SqliteError.SqliteFailed or SqliteError.SqliteLocked => ErrorCategory.InvalidOperation,
        SqliteError.SqliteJournalUnsupported or SqliteError.SqliteLocksInvisible => ErrorCategory.NotImplemented,
        SqliteError.SqliteLibraryMissing => ErrorCategory.NotInstalled,
        _ => ErrorCategory.NotSpecified,
    };
}
