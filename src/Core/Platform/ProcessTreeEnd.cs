using System.Diagnostics;

namespace ProcessDedup.Platform;

/// <summary>Ends a process with all that it started: what git starts would go on to write, and keeps git's pipes open.</summary>
internal static class ProcessTreeEnd
{
    public static void Kill(Process process) => process.Kill(entireProcessTree: true);
}
