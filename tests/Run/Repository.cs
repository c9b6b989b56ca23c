using System;
using System.IO;

namespace ProcessDedup.Tests.Run;

/// <summary>The folder with the solution, from wherever this was started.</summary>
internal static class Repository
{
    public const string Solution = "ProcessDedup.sln";

    public static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, Solution)))
                return folder.FullName;
        }

        throw new InvalidOperationException($"No {Solution} above {AppContext.BaseDirectory}.");
    }
}
