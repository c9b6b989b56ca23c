using System;
using System.CommandLine;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Locks;

namespace ProcessDedup.Cli;

/// <summary>
/// <c>procdedup completion SHELL</c>: prints the script by which a shell completes procdedup with Tab. What it offers comes from
/// System.CommandLine's own suggestions (<c>procdedup "[suggest:12]" "procdedup lo"</c>), so it never differs from the commands.
/// </summary>
internal static class CompletionCommand
{
    private static readonly Dictionary<string, string> Scripts = new(StringComparer.Ordinal)
    {
        ["bash"] = "bash.sh",
        ["zsh"] = "zsh.sh",
        ["fish"] = "fish.fish",
        ["pwsh"] = "pwsh.ps1",
    };

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh, fish or pwsh." };
        shell.AcceptOnlyFromAmong([.. Scripts.Keys]);
        var command = new Command("completion", "Prints the script by which a shell completes procdedup with Tab.") { shell };
        command.SetAction(parsed =>
        {
            Print(Scripts[parsed.GetRequiredValue(shell)]);
            return ExitCode.Success;
        });
        return command;
    }

    /// <summary>Offers the locks that there are.</summary>
    public static void AddLockNames(Argument<string[]> names) => names.CompletionSources.Add(_ => LockNames());

    private static List<string> LockNames()
    {
        try
        {
            return OwnLocks.Without(LockInspector.InspectAll(LockRoot.Default())).Select(status => status.Name).ToList();
        }
        catch (Exception e) when (e is DedupException or IOException or UnauthorizedAccessException)
        {
            // Tab has no place for errors.
            return [];
        }
    }

    private static void Print(string name)
    {
        using Stream script = typeof(CompletionCommand).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(script);
        Console.Out.Write(reader.ReadToEnd().ReplaceLineEndings("\n"));
    }
}
