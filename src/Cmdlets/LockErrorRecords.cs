using System.Management.Automation;
using ProcessDedup.Locks;

namespace ProcessDedup.Cmdlets;

/// <summary>Lock errors as PowerShell shows them: a stable id, a category, the lock and the next step.</summary>
internal static class LockErrorRecords
{
    public static ErrorRecord From(LockException e) => new(e, e.Error.ToString(), CategoryOf(e.Error), e.Target)
    {
        ErrorDetails = new ErrorDetails(e.Message) { RecommendedAction = e.NextStep },
    };

    private static ErrorCategory CategoryOf(LockError error) => error switch
    {
        LockError.LockTimeout => ErrorCategory.OperationTimeout,
        LockError.LockBusy => ErrorCategory.ResourceBusy,
        LockError.LockReentered or LockError.LockCycle => ErrorCategory.DeadlockDetected,
        LockError.LockNameInvalid or LockError.LockPathInvalid or LockError.LockPathIsDirectory
            or LockError.LockPathIsLink or LockError.LockPathUnfit
            or LockError.LockSlotsInvalid or LockError.LockSlotsMismatch => ErrorCategory.InvalidArgument,
        LockError.LockAccessDenied or LockError.LockFileForeignOwner => ErrorCategory.PermissionDenied,
        LockError.LockDirectoryUnsafe => ErrorCategory.SecurityError,
        LockError.LockDirectoryMissing => ErrorCategory.ObjectNotFound,
        LockError.LockFileSystemUnsupported => ErrorCategory.NotImplemented,
        LockError.LockDiskFull or LockError.LockReadOnly => ErrorCategory.WriteError,
        LockError.LockTooManyFiles => ErrorCategory.LimitsExceeded,
        LockError.LockLost => ErrorCategory.InvalidResult,
        _ => ErrorCategory.NotSpecified,
    };
}
