using System;
using System.IO;

namespace ProcessDedup.Cmdlets;

/// <summary>Who reads what is shown.</summary>
internal static class TerminalKind
{
    /// <summary>A person at a terminal: progress bars need one; in a CI log each update would be a line.</summary>
    public static bool IsInteractive()
    {
        try
        {
            return !Console.IsOutputRedirected && !Console.IsErrorRedirected
                && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI"));
        }
        catch (IOException)
        {
            return false;
        }
    }
}
