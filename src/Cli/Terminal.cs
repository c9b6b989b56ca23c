using System;
using System.IO;

namespace ProcessDedup.Cli;

/// <summary>The terminal that standard output is.</summary>
internal static class Terminal
{
    /// <summary>Columns and lines; what is usual where it does not tell.</summary>
    public static (int Width, int Height) Window => (Width ?? 79, Height ?? 24);

    /// <summary>Can pictures be painted over on it?</summary>
    public static bool CanPaint => !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not ("dumb" or "")
        && (OperatingSystem.IsWindows() || Environment.GetEnvironmentVariable("TERM") is not null);

    private static int? Height
    {
        get
        {
            try
            {
                return Console.WindowHeight <= 1 ? null : Console.WindowHeight;
            }
            catch (IOException)
            {
                return null;
            }
        }
    }

    /// <summary>How many characters fit on a line; null if it is no terminal, or one without size.</summary>
    public static int? Width
    {
        get
        {
            try
            {
                // The last cell stays empty: some terminals break the line once it is written.
                return Console.IsOutputRedirected || Console.WindowWidth <= 1 ? null : Console.WindowWidth - 1;
            }
            catch (IOException)
            {
                return null;
            }
        }
    }
}
