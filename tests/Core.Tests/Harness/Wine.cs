using System.Runtime.InteropServices;
using Xunit;

namespace ProcessDedup.Tests.Harness;

/// <summary>Is the build for Windows run by Wine? It shows only part of what Windows does.</summary>
internal static class Wine
{
    public static bool IsHere { get; } =
        System.OperatingSystem.IsWindows()
        && NativeLibrary.TryLoad("ntdll.dll", out nint library)
        && NativeLibrary.TryGetExport(library, "wine_get_version", out _);

    /// <summary>Skips the test there: only Windows itself can show it.</summary>
    public static void Lacks(string what) => Assert.SkipWhen(IsHere, "Wine lacks " + what);
}
