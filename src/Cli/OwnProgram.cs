using System;
using System.Collections.Generic;
using System.IO;

namespace ProcessDedup.Cli;

/// <summary>How this program starts itself once more.</summary>
internal static class OwnProgram
{
    /// <summary>The program and its first arguments. Started as "dotnet procdedup.dll", the process is dotnet.</summary>
    public static IReadOnlyList<string> Start { get; } =
        Path.GetFileNameWithoutExtension(Environment.ProcessPath!).Equals("dotnet", StringComparison.OrdinalIgnoreCase)
            ? [Environment.ProcessPath!, Path.Combine(AppContext.BaseDirectory, "procdedup.dll")]
            : [Environment.ProcessPath!];
}
