using ProcessDedup.Locks;

namespace ProcessDedup.Cli;

/// <summary>Exit codes of procdedup itself; a command that ran gives its own. From sysexits.h(3head).</summary>
internal static class ExitCode
{
    public const int Success = 0;
    public const int Failure = 1;
    public const int Usage = 64;
    public const int IoError = 74;
    public const int NotGranted = 75;
    public const int NoPermission = 77;
    public const int Configuration = 78;

    /// <summary>128 + signal, as shells say it.</summary>
    public const int SignalBase = 128;

    public static int Of(LockError error) => error switch
    {
        LockError.LockTimeout or LockError.LockBusy or LockError.LockReentered or LockError.LockCycle => NotGranted,
        LockError.LockNameInvalid or LockError.LockPathInvalid or LockError.LockPathIsDirectory
            or LockError.LockSlotsInvalid or LockError.LockSlotsMismatch => Usage,
        LockError.LockAccessDenied or LockError.LockFileForeignOwner => NoPermission,
        LockError.LockDirectoryUnsafe or LockError.LockFileSystemUnsupported or LockError.LockDirectoryMissing
            or LockError.LockPathIsLink or LockError.LockPathUnfit => Configuration,
        _ => IoError,
    };
}
