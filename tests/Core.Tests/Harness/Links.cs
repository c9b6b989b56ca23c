using System.IO;

namespace ProcessDedup.Tests.Harness;

/// <summary>Symbolic links, where the system can make them.</summary>
internal static class Links
{
    public static void ToFile(string path, string target)
    {
        Wine.Lacks("symbolic links");
        File.CreateSymbolicLink(path, target);
    }

    public static void ToDirectory(string path, string target)
    {
        Wine.Lacks("symbolic links");
        Directory.CreateSymbolicLink(path, target);
    }
}
