using System;
using System.IO;
using System.Management.Automation;
using System.Runtime.CompilerServices;
using ProcessDedup.Coordination;
using ProcessDedup.Messages;
using ProcessDedup.Postgres;

namespace ProcessDedup.Cmdlets;

/// <summary>Opens the coordinator of -Coordinator. What speaks with PostgreSQL is loaded when it is first asked for.</summary>
internal static class FleetCoordinator
{
    private const string Library = "ProcessDedup.Postgres";

    /// <summary>Null for this machine alone. The variable is for names; a file is of one machine.</summary>
    public static Coordinator? Open(string? given, bool hasNames = true)
    {
        string? connection = given ?? (hasNames ? Environment.GetEnvironmentVariable(Coordinator.Variable) : null);
        if (given is null && string.IsNullOrEmpty(connection))
            return null;
        try
        {
            return OpenServer(connection!);
        }
        catch (FileNotFoundException e) when (e.FileName?.StartsWith(Library, StringComparison.Ordinal) == true)
        {
            throw CoordinatorException.NotInstalled(Library);
        }
    }

    /// <summary>The same for those who only look.</summary>
    public static FleetLook Look(string? given, bool hasNames) => new(() => Open(given, hasNames), given is not null);

    /// <summary>The same for work whose result other machines get from a substituter: the variable counts where they can.</summary>
    public static Coordinator? OpenForContent(PSCmdlet cmdlet, string? given, bool canExchange)
    {
        if (given is null && !canExchange && !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Coordinator.Variable)))
            cmdlet.WriteVerbose(Message.Of(Key.VerboseCoordinatorOfIsNotAskedAs, Coordinator.Variable));
        return Open(given, canExchange);
    }

    /// <summary>A method of its own: the runtime loads PostgreSQL's assemblies when it compiles this, not before.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Coordinator OpenServer(string connection) => PostgresCoordinator.Open(connection);
}
