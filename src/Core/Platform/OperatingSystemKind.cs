using System.Runtime.InteropServices;

namespace ProcessDedup.Platform;

/// <summary>Which system this is, asked once.</summary>
internal static class OperatingSystemKind
{
    public static readonly bool IsWindows = RuntimeInformation.IsOSPlatform(OSPlatform.Windows);
    public static readonly bool IsLinux = RuntimeInformation.IsOSPlatform(OSPlatform.Linux);
    public static readonly bool IsMacOS = RuntimeInformation.IsOSPlatform(OSPlatform.OSX);
}
