using System;
using System.CommandLine;
using ProcessDedup.Coordination;
using ProcessDedup.Postgres;

namespace ProcessDedup.Cli;

/// <summary><c>--coordinator</c>: for all machines that ask the same server.</summary>
internal static class FleetOption
{
    private const string Name = "--coordinator";

    // What libpq's form begins its parts with, and no lock is called.
    private static readonly string[] Keywords =
        ["host=", "hostaddr=", "port=", "dbname=", "user=", "password=", "passfile=", "service=", "options=", "connect_timeout=", "ssl"];

    public static Option<string?> Create() => new(Name)
    {
        Description = "The PostgreSQL server of a fleet, as a URI (postgresql://ci@db/agents), or the pairs of libpq or Npgsql; the password best in PGPASSFILE or PGPASSWORD. "
            + $"Without it {Coordinator.Variable}, and without that this machine alone.",
        HelpName = "CONNECTION",
    };

    /// <summary>
    /// Does the shell give 'host=db password=x' as several arguments, as it does without quotes? The password would be the
    /// name of a lock, which everybody sees.
    /// </summary>
    public static bool IsUnquoted(string[] arguments)
    {
        int option = Array.FindIndex(arguments, argument => argument == Name || argument.StartsWith(Name + "=", StringComparison.Ordinal));
        return option >= 0 && Array.Exists(
            arguments[(arguments[option] == Name ? Math.Min(option + 2, arguments.Length) : option + 1)..],
            argument => argument.Contains('=') && Array.Exists(Keywords, keyword => argument.StartsWith(keyword, StringComparison.OrdinalIgnoreCase)));
    }

    /// <summary>Does the environment name one?</summary>
    public static bool IsInEnvironment => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Coordinator.Variable));

    /// <summary>Null for this machine alone. The variable is for names; a file is of one machine.</summary>
    public static Coordinator? Open(string? given, bool hasNames)
    {
        string? connection = given ?? (hasNames ? Environment.GetEnvironmentVariable(Coordinator.Variable) : null);
        return given is null && string.IsNullOrEmpty(connection) ? null : PostgresCoordinator.Open(connection!);
    }

    /// <summary>The same for those who only look.</summary>
    public static FleetLook Look(string? given, bool hasNames) => new(() => Open(given, hasNames), given is not null);

    /// <summary>Tells on standard error why the fleet's locks are missing.</summary>
    /// <returns>The exit code of that.</returns>
    public static int Report(FleetLook look)
    {
        if (look.Failure is not { } failure)
            return ExitCode.Success;
        Console.Error.WriteLine("procdedup: " + failure.Message);
        return ExitCode.Of(failure);
    }
}
