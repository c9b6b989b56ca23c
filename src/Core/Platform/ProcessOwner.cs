using System.Globalization;

namespace ProcessDedup.Platform;

/// <summary>Which user a process runs as: the owner of /proc/PID.</summary>
internal static class ProcessOwner
{
    public static string? TryGet(int processId) =>
        OperatingSystemKind.IsLinux
        && UnixFileFacts.TryGet(
            new NativePath("/proc/" + processId.ToString(CultureInfo.InvariantCulture)), out FileFacts facts)
            ? UserNames.Of(facts.OwnerId)
            : null;
}
