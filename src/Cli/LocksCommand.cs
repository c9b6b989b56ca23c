using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Serialization;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;

namespace ProcessDedup.Cli;

/// <summary><c>procdedup locks</c>: who holds what, and who waits.</summary>
internal static class LocksCommand
{
    public static Command Create()
    {
        var names = new Argument<string[]>("NAME")
        {
            Description = "Only these locks. Without names, every lock below the root directory.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var files = new Option<string[]>("--file") { Description = "The lock that is this very file.", HelpName = "PATH" };
        Option<string?> fleet = FleetOption.Create();
        var json = new Option<bool>("--json") { Description = "Print a JSON array with everything that is known." };
        var command = new Command("locks", "Shows the locks, their holders and waiters, without taking any lock.")
        {
            names, files, fleet, json,
        };
        command.RefuseOptionsAsNames(names);
        command.SetAction(parsed =>
        {
            IReadOnlyList<LockStatus> all = Read(parsed.GetValue(names) ?? [], parsed.GetValue(files) ?? [], parsed.GetValue(fleet));
            if (parsed.GetValue(json))
                Console.Out.WriteLine(JsonSerializer.Serialize(all, LockStatusJson.Default.IReadOnlyListLockStatus));
            else
                Print(all);
            return ExitCode.Success;
        });
        return command;
    }

    private static IReadOnlyList<LockStatus> Read(string[] names, string[] files, string? connection)
    {
        using Coordinator? fleet = FleetOption.Open(connection, hasNames: files.Length == 0);
        IReadOnlyList<LockStatus> own = Read(names, files);
        if (fleet is null)
            return own;
        return names.Length == 0 && files.Length == 0
            ? [.. own, .. fleet.Inspect(null)]
            : [.. own, .. names.SelectMany(name => fleet.Inspect(name))];
    }

    private static IReadOnlyList<LockStatus> Read(string[] names, string[] files)
    {
        if (names.Length == 0 && files.Length == 0)
            return LockInspector.InspectAll(LockRoot.Default());
        LockRoot root = LockRoot.Default();
        return names.Select(name => LockTarget.FromName(root, name))
            .Concat(files.Select(LockTarget.FromPath))
            .Select(LockInspector.Inspect)
            .ToList();
    }

    // A file or a pipe has no width: nothing is cut there.
    private static void Print(IReadOnlyList<LockStatus> all)
    {
        foreach (string line in LockPicture.Lines(all, Terminal.Width))
            Console.Out.WriteLine(line);
    }
}

/// <summary>How <c>locks --json</c> writes a lock.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<LockStatus>))]
internal sealed partial class LockStatusJson : JsonSerializerContext;
