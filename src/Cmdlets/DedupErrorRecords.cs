using System.Management.Automation;
using ProcessDedup.Claims;
using ProcessDedup.Coordination;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Sqlite;

namespace ProcessDedup.Cmdlets;

/// <summary>Errors of Core as PowerShell shows them: a stable id, a category, the thing and the next step.</summary>
internal static class DedupErrorRecords
{
    public static ErrorRecord From(DedupException e) => new(e, e.ErrorId, CategoryOf(e), e.Target)
    {
        ErrorDetails = new ErrorDetails(e.Message) { RecommendedAction = e.NextStep },
    };

    private static ErrorCategory CategoryOf(DedupException e) => e switch
    {
        LockException lockError => CategoryOf(lockError.Error),
        FetchException fetchError => CategoryOf(fetchError.Error),
        SqliteException sqliteError => CategoryOf(sqliteError.Error),
        ClaimException claimError => CategoryOf(claimError.Error),
        CoordinatorException fleetError => CategoryOf(fleetError.Error),
        _ => ErrorCategory.NotSpecified,
    };

    private static ErrorCategory CategoryOf(CoordinatorError error) => error switch
    {
        CoordinatorError.CoordinatorInvalid or CoordinatorError.CoordinatorNeedsName or CoordinatorError.CoordinatorNameCollision
            => ErrorCategory.InvalidArgument,
        CoordinatorError.CoordinatorNotInstalled => ErrorCategory.NotInstalled,
        CoordinatorError.CoordinatorUnreachable => ErrorCategory.ConnectionError,
        CoordinatorError.CoordinatorTimeout => ErrorCategory.OperationTimeout,
        CoordinatorError.CoordinatorAccessDenied => ErrorCategory.AuthenticationError,
        CoordinatorError.CoordinatorRightsMissing => ErrorCategory.PermissionDenied,
        CoordinatorError.CoordinatorFull => ErrorCategory.LimitsExceeded,
        CoordinatorError.CoordinatorVersionUnsupported or CoordinatorError.CoordinatorPooled or CoordinatorError.CoordinatorUnfit
            => ErrorCategory.NotImplemented,
        CoordinatorError.CoordinatorSchemaNewer => ErrorCategory.InvalidOperation,
        _ => ErrorCategory.NotSpecified,
    };

    private static ErrorCategory CategoryOf(ClaimError error) => error switch
    {
        ClaimError.ClaimNotFound => ErrorCategory.ObjectNotFound,
        ClaimError.ClaimNotOwned => ErrorCategory.PermissionDenied,
        ClaimError.ClaimOutcomeUnknown => ErrorCategory.InvalidResult,
        _ => ErrorCategory.InvalidArgument,
    };

    private static ErrorCategory CategoryOf(FetchError error) => error switch
    {
        FetchError.FetchUriInvalid or FetchError.FetchSchemeUnsupported or FetchError.FetchHashInvalid
            or FetchError.FetchOptionsInvalid or FetchError.DestinationInvalid
            or FetchError.ArtifactKeyInvalid or FetchError.ArtifactSourceInvalid or FetchError.SubstituterInvalid
            or FetchError.SigningKeyInvalid => ErrorCategory.InvalidArgument,
        FetchError.FetchHashMismatch or FetchError.FetchTruncated or FetchError.ArchiveUnsupported
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
        FetchError.FetchStalled or FetchError.FetchTimedOut => ErrorCategory.OperationTimeout,
        FetchError.FetchRateLimited or FetchError.FetchOffline => ErrorCategory.ResourceUnavailable,
        FetchError.BuildUnclean => ErrorCategory.InvalidResult,
        FetchError.FetchTooLarge or FetchError.ArchiveTooLarge => ErrorCategory.LimitsExceeded,
        FetchError.ProgramMissing => ErrorCategory.NotInstalled,
        FetchError.StoreDiskFull or FetchError.StoreReadOnly or FetchError.StoreIoError => ErrorCategory.WriteError,
        FetchError.StoreNewerVersion => ErrorCategory.InvalidOperation,
        _ => ErrorCategory.NotSpecified,
    };

    private static ErrorCategory CategoryOf(LockError error) => error switch
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
        LockError.LockLost => ErrorCategory.InvalidResult,
        _ => ErrorCategory.NotSpecified,
    };

    private static ErrorCategory CategoryOf(SqliteError error) => error switch
    {
        SqliteError.SqlitePathInvalid or SqliteError.SqlitePathIsDirectory or SqliteError.SqlitePathIsLink
            or SqliteError.SqliteStatementCount or SqliteError.SqliteParameterMissing or SqliteError.SqliteParameterSurplus
            or SqliteError.SqliteParameterInvalid or SqliteError.SqliteOptionsInvalid => ErrorCategory.InvalidArgument,
        SqliteError.SqliteDirectoryMissing => ErrorCategory.ObjectNotFound,
        SqliteError.SqliteCannotOpen => ErrorCategory.OpenError,
        SqliteError.SqliteReadOnly => ErrorCategory.PermissionDenied,
        SqliteError.SqliteNotADatabase or SqliteError.SqliteCorrupt or SqliteError.SqliteConstraint
            or SqliteError.SqliteRecoveryFailed => ErrorCategory.InvalidData,
        SqliteError.SqliteFull or SqliteError.SqliteIoError => ErrorCategory.WriteError,
        SqliteError.SqliteBusy => ErrorCategory.ResourceBusy,
        SqliteError.SqliteOutcomeUnknown => ErrorCategory.InvalidResult,
        SqliteError.SqliteStatementInvalid => ErrorCategory.SyntaxError,
        SqliteError.SqliteTransactionControl or SqliteError.SqliteTransactionEnded or SqliteError.SqliteBlockLeft
            or SqliteError.SqliteSchemaNewer => ErrorCategory.InvalidOperation,
        SqliteError.SqliteJournalUnsupported or SqliteError.SqliteLocksInvisible => ErrorCategory.NotImplemented,
        SqliteError.SqliteLibraryMissing => ErrorCategory.NotInstalled,
        _ => ErrorCategory.NotSpecified,
    };
}
