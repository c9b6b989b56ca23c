using System;
using System.CommandLine;
using ProcessDedup.Coordination;
using ProcessDedup.Postgres;

namespace ProcessDedup.Cli;

/// <summary><c>--coordinator</c>: for all machines that ask the same server.</summary>
internal static class FleetOption
{
    public static Option<string?> Create() => new("--coordinator")
    {
        Description = "The PostgreSQL server of a fleet, as 'Host=db;Database=agents;Username=ci'; the password best in PGPASSFILE or PGPASSWORD. "
            + $"Without it {Coordinator.Variable}, and without that this machine alone.",
        HelpName = "CONNECTION",
    };

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
