using System;
using System.IO;
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
