using System;
using System.IO;
using System.Management.Automation.Host;
using ProcessDedup.Locks;

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
                && !JobLog.IsOfBuildSystem;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>
    /// pwsh itself, whose standard error is this process's. Another host (a job, a remote session, an editor) may speak a
    /// protocol there, and shows progress records its own way.
    /// </summary>
    public static bool IsConsoleHost(PSHost host) => host.Name == "ConsoleHost";

    /// <summary>
    /// Shows a line to people who read a log. Not by the information stream, which pwsh -File writes to standard output, where
    /// a caller may take it for a result.
    /// </summary>
    public static void WriteLine(string text) => Console.Error.WriteLine(JobLog.Line(text));

    /// <summary>Columns, without the last one, where some terminals break the line, and lines.</summary>
    public static (int Width, int Height) Window()
    {
        const int usualWidth = 80, usualHeight = 24;
        try
        {
            return (Math.Max(2, Console.WindowWidth) - 1, Math.Max(2, Console.WindowHeight));
        }
        catch (IOException)
        {
            return (usualWidth - 1, usualHeight);
        }
    }
}
