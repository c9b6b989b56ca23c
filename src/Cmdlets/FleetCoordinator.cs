using System;
using System.Management.Automation;
using System.Reflection;
using ProcessDedup.Coordination;
using ProcessDedup.Messages;

namespace ProcessDedup.Cmdlets;

/// <summary>Opens the coordinator of -Coordinator. What speaks with PostgreSQL is loaded when it is first asked for.</summary>
internal static class FleetCoordinator
{
    private const string Library = "ProcessDedup.Postgres";

    private static Func<string, Coordinator>? _open;

    /// <summary>Null for this machine alone. The variable is for names; a file is of one machine.</summary>
    public static Coordinator? Open(string? given, bool hasNames = true)
    {
        string? connection = given ?? (hasNames ? Environment.GetEnvironmentVariable(Coordinator.Variable) : null);
        if (given is null && string.IsNullOrEmpty(connection))
            return null;
        _open ??= Load();
        return _open(connection!);
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

    private static Func<string, Coordinator> Load()
    {
        Assembly library = CoreAssemblies.TryLoadPart("postgres", Library) ?? throw CoordinatorException.NotInstalled(Library);
        MethodInfo open = library.GetType(Library + ".PostgresCoordinator", throwOnError: true)!.GetMethod("Open", [typeof(string)])!;
        return (Func<string, Coordinator>)open.CreateDelegate(typeof(Func<string, Coordinator>));
    }
}
