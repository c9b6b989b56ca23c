using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Text.Json;
using ProcessDedup.Artifacts;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Messages;

namespace ProcessDedup.Cli;

/// <summary><c>procdedup artifact</c>: saves, restores, publishes and lists what was built.</summary>
internal static class ArtifactCommand
{
    public static Command Create() => new Command("artifact", "Saves, restores, publishes and lists files and directories that were built.")
    {
        Save(),
        Restore(),
        ArtifactPublishCommand.Create(),
        List(),
    };

    private static Command Save()
    {
        var options = new BuildOptions();
        var path = new Argument<string>("PATH") { Description = "The file or directory to save; it is copied." };
        var force = new Option<bool>("--force") { Description = "Replace what is there under this key." };
        Option<bool> json = BuildCommand.Json();
        var command = new Command("save", "Puts a file or directory into the local store, and prints where it is there. What is there already under this key stays.");
        options.AddTo(command);
        command.Add(path);
        command.Add(force);
        command.Add(json);
        command.RefuseOptionAs(path);
        command.SetAction(parsed =>
        {
            ArtifactRequest request = options.Read(parsed, null) with { Force = parsed.GetValue(force), MustBeSame = !options.HasInputs(parsed) };
            return BuildCommand.Run(request, parsed.GetValue(json), (cache, cancellation) => cache.Save(request, parsed.GetValue(path)!, cancellation));
        });
        return command;
    }

    private static Command Restore()
    {
        var options = new BuildOptions();
        var substituters = new SubstituterArguments();
        Option<bool> json = BuildCommand.Json();
        var command = new Command(
            "restore",
            """
            Gets an artifact from the local store or a substituter, and prints where it is.

            The exit code is 66 if nobody has it.
            """);
        options.AddTo(command);
        substituters.AddTo(command);
        command.Add(json);
        command.SetAction(parsed =>
        {
            ArtifactRequest request = options.Read(parsed, null) with { Substituters = substituters.Read(parsed) };
            return BuildCommand.Run(request, parsed.GetValue(json), (cache, cancellation) => cache.Restore(request, cancellation));
        });
        return command;
    }

    private static Command List()
    {
        var pattern = new Argument<string?>("PATTERN")
        {
            Description = "Only artifacts of such names: * is any text, ? one character; or how a key begins. Quote it, or the shell takes it for files.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var json = new Option<bool>("--json") { Description = "Print a JSON array with everything that is known." };
        var command = new Command("list", "Shows the artifacts in the local store, the last used first.") { pattern, json };
        command.RefuseOptionAs(pattern);
        command.SetAction(parsed =>
        {
            IReadOnlyList<Artifact> artifacts = ArtifactCache.Open(LockRoot.Default()).List(parsed.GetValue(pattern));
            if (parsed.GetValue(json))
                Console.Out.WriteLine(JsonSerializer.Serialize(artifacts, ArtifactJson.Default.IReadOnlyListArtifact));
            else
                Print(artifacts);
            return ExitCode.Success;
        });
        return command;
    }

    private static void Print(IReadOnlyList<Artifact> artifacts)
    {
        if (artifacts.Count == 0)
        {
            Console.Out.WriteLine(Message.Of(Key.NoticeThereAreNoSuchArtifacts));
            return;
        }

        DateTimeOffset now = DateTimeOffset.UtcNow;
        var table = new TextTable("NAME", "KEY", "SIZE", "STORED", "USED", "WORK", "FROM");
        foreach (Artifact artifact in artifacts)
        {
            table.Add(
                artifact.Name, artifact.Key[..12], ByteCount.Describe(artifact.Size), Since(artifact.StoredAt, now),
                Since(artifact.LastUsedAt ?? now, now), Durations.Describe(TimeSpan.FromSeconds(artifact.WorkSec)),
                artifact.From ?? Message.Of(Key.ReasonOn, artifact.Maker.User, artifact.Maker.Host));
        }

        table.Write(Console.Out);
    }

    // The clock may have been set back since.
    private static string Since(DateTimeOffset then, DateTimeOffset now) => Durations.Describe(then < now ? now - then : TimeSpan.Zero);
}
