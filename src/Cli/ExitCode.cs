using ProcessDedup.Coordination;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Sqlite;

namespace ProcessDedup.Cli;

/// <summary>Exit codes of procdedup itself; a command that ran gives its own. From sysexits.h(3head).</summary>
internal static class ExitCode
{
    public const int Success = 0;
    public const int Failure = 1;
    public const int Usage = 64;
    public const int DataError = 65;
    public const int NoInput = 66;
    public const int Unavailable = 69;
    public const int Software = 70;

    /// <summary>EX_OSERR: the system refused this program a thread or memory.</summary>
    public const int SystemError = 71;

    public const int CannotCreate = 73;
    public const int IoError = 74;
    public const int NotGranted = 75;
    public const int TemporaryFailure = 75;

    /// <summary>EX_PROTOCOL, for the one answer that must not be taken for "failed": it may have been done.</summary>
    public const int OutcomeUnknown = 76;

    public const int NoPermission = 77;
    public const int Configuration = 78;

    /// <summary>A lock was lost while the command ran, and the command ended with 0 or was ended for it. Free in sysexits.h.</summary>
    public const int LockLost = 79;

    /// <summary>128 + signal, as shells say it.</summary>
    public const int SignalBase = 128;

    public static int Of(DedupException e) => e switch
    {
        LockException locks => Of(locks.Error),
        FetchException fetch => Of(fetch.Error),
        SqliteException sqlite => Of(sqlite.Error),
        CoordinatorException fleet => Of(fleet.Error),
        _ => Failure,
    };

    private static int Of(LockError error) => error switch
    {
        LockError.LockTimeout or LockError.LockBusy or LockError.LockReentered or LockError.LockCycle => NotGranted,
        LockError.LockNameInvalid or LockError.LockPathInvalid or LockError.LockPathIsDirectory or LockError.LockRegistrationInvalid
            or LockError.LockSlotsInvalid or LockError.LockSlotsMismatch => Usage,
        LockError.LockAccessDenied or LockError.LockFileForeignOwner or LockError.LockHolderDenied => NoPermission,
        LockError.LockHolderRemote or LockError.LockHolderUnverified or LockError.LockHolderIsCaller => Unavailable,
        LockError.LockDirectoryUnsafe or LockError.LockFileSystemUnsupported or LockError.LockDirectoryMissing
            or LockError.LockPathIsLink or LockError.LockPathUnfit or LockError.LockNameUnregistered => Configuration,
        _ => IoError,
    };

    private static int Of(CoordinatorError error) => error switch
    {
        CoordinatorError.CoordinatorInvalid or CoordinatorError.CoordinatorNeedsName or CoordinatorError.CoordinatorNameCollision => Usage,
        CoordinatorError.CoordinatorUnreachable or CoordinatorError.CoordinatorNotInstalled or CoordinatorError.CoordinatorFailed => Unavailable,
        CoordinatorError.CoordinatorTimeout or CoordinatorError.CoordinatorFull => TemporaryFailure,
        CoordinatorError.CoordinatorAccessDenied or CoordinatorError.CoordinatorRightsMissing => NoPermission,
        _ => Configuration,
    };

    private static int Of(FetchError error) => error switch
    {
        FetchError.FetchUriInvalid or FetchError.FetchSchemeUnsupported or FetchError.FetchHashInvalid
            or FetchError.FetchOptionsInvalid or FetchError.ArtifactKeyInvalid or FetchError.SubstituterInvalid
            or FetchError.SigningKeyInvalid => Usage,
        FetchError.FetchHashMismatch or FetchError.FetchTooLarge or FetchError.ArchiveUnsupported or FetchError.ArchiveCorrupt
            or FetchError.ArchiveUnsafe or FetchError.ArchiveTooLarge or FetchError.ArtifactInvalid or FetchError.SignatureInvalid => DataError,
        FetchError.FetchNotFound or FetchError.FetchOffline or FetchError.GitRefNotFound or FetchError.ArtifactNotFound
            or FetchError.BuildInputMissing or FetchError.ArtifactSourceInvalid => NoInput,
        FetchError.FetchHttpStatus or FetchError.FetchRateLimited or FetchError.FetchConnectionFailed or FetchError.FetchTruncated or FetchError.FetchEncodingUnsupported
            or FetchError.FetchTooManyRedirects or FetchError.FetchRedirectInvalid or FetchError.ProgramMissing
            or FetchError.GitFailed or FetchError.ProducerFailed or FetchError.BuildUnclean or FetchError.SubstituterUnreachable => Unavailable,
        FetchError.DestinationInvalid or FetchError.ArtifactDiffers => CannotCreate,
        FetchError.FetchStalled or FetchError.FetchTimedOut => TemporaryFailure,
        FetchError.FetchAccessDenied or FetchError.StoreAccessDenied or FetchError.SubstituterRefused => NoPermission,
        FetchError.StoreNewerVersion or FetchError.StoreUnsafe or FetchError.StoreReadOnly => Configuration,
        _ => IoError,
    };

    private static int Of(SqliteError error) => error switch
    {
        SqliteError.SqlitePathInvalid or SqliteError.SqlitePathIsDirectory or SqliteError.SqliteStatementInvalid
            or SqliteError.SqliteStatementCount or SqliteError.SqliteTransactionControl or SqliteError.SqliteParameterMissing
            or SqliteError.SqliteParameterSurplus or SqliteError.SqliteParameterInvalid or SqliteError.SqliteOptionsInvalid
            or SqliteError.SqliteLocked => Usage,
        SqliteError.SqliteConstraint or SqliteError.SqliteNotADatabase or SqliteError.SqliteCorrupt
            or SqliteError.SqliteRecoveryFailed => DataError,
        SqliteError.SqliteCannotOpen => NoInput,
        SqliteError.SqliteLibraryMissing or SqliteError.SqliteLocksInvisible => Unavailable,
        SqliteError.SqliteDirectoryMissing or SqliteError.SqliteBackupTargetExists => CannotCreate,
        SqliteError.SqliteBusy => TemporaryFailure,
        SqliteError.SqliteOutcomeUnknown => OutcomeUnknown,
        SqliteError.SqliteReadOnly => NoPermission,
        SqliteError.SqliteJournalUnsupported or SqliteError.SqlitePathIsLink or SqliteError.SqliteSchemaNewer => Configuration,
        _ => IoError,
    };
}
