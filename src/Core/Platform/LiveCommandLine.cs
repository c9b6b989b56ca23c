using System;
using System.Globalization;

namespace ProcessDedup.Platform;

/// <summary>The whole command line of a running process of this user, for their eyes: it may hold secrets, so it is never kept.</summary>
internal static class LiveCommandLine
{
    /// <summary>Null if it is gone, another user's, or cannot be read.</summary>
    public static string? TryRead(ProcessIdentity process)
    {
        if (!OperatingSystemKind.IsLinux)
            return null;
        string place = "/proc/" + process.ProcessId.ToString(CultureInfo.InvariantCulture);
        try
        {
            if (!UnixFileFacts.TryGet(new NativePath(place), out FileFacts facts) || facts.OwnerId != Libc.EffectiveUserId())
                return null;
            string text = RedactedCommandLine.Sanitize(KernelFile.ReadText(place + "/cmdline").TrimEnd('\0'));
            // Looked at again: the PID may have changed hands in between.
            return text.Length > 0 && process.IsAlive ? text : null;
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            return null;
        }
    }
}
