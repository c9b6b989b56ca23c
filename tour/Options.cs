using System;

namespace ProcessDedup.Tour;

/// <summary>What the command line asks for.</summary>
/// <param name="Shell">Open a PowerShell instead of showing the scenes.</param>
/// <param name="Build">Build the module if it is not up to date.</param>
internal sealed record Options(bool Shell, bool Build)
{
    /// <summary>EX_USAGE of sysexits.h, as procdedup has it.</summary>
    public const int WrongUsage = 64;

    private const string Usage = """
        Shows what ProcessDedup is for, in real processes on this machine.

        Usage:
          dotnet run tour.cs               build the module, then the tour
          dotnet run tour.cs -- shell      build the module, then open a PowerShell
                                           that has it

        Options:
          --no-build    Use output/ProcessDedup as it is.
          -h, --help    Show this.

        It needs the .NET SDK 10.0.300 or later. PowerShell comes from the package
        feed as a local tool, unless pwsh 7.4 or later is on PATH. The tour's locks
        and caches are in a temporary directory and are removed at its end.

        Exit codes: 0 every check held; 1 a check failed; 2 the tour could not be
        prepared or a process of it failed; 64 wrong usage; 128 and the signal's
        number if it was interrupted.
        """;

    /// <summary>Prints the usage and ends if that is what was asked for.</summary>
    /// <returns>Nothing if the arguments are wrong, which standard error then says.</returns>
    public static Options? Parse(string[] arguments)
    {
        var options = new Options(Shell: false, Build: true);
        foreach (string argument in arguments)
        {
            switch (argument)
            {
                case "shell":
                    options = options with { Shell = true };
                    break;
                case "--no-build":
                    options = options with { Build = false };
                    break;
                case "-h" or "-?" or "--help":
                    Console.WriteLine(Usage);
                    Environment.Exit(0);
                    break;
                default:
                    Console.Error.WriteLine($"tour.cs: '{argument}' is not known here.\n\n{Usage}");
                    return null;
            }
        }

        return options;
    }
}
