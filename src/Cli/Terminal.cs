using System;
using System.IO;

namespace ProcessDedup.Cli;

/// <summary>The terminal that standard output is.</summary>
internal static class Terminal
{
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
