using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading;
using ProcessDedup.Artifacts;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Substituters;

namespace ProcessDedup.Cli;

/// <summary><c>procdedup build</c>: gets what a command builds, by running it in one of many processes, if nobody has it.</summary>
internal static class BuildCommand
{
    public const string Name = "build";

    public static Command Create(IReadOnlyList<string>? words)
    {
        var options = new BuildOptions();
        var substituters = new SubstituterArguments();
        var force = new Option<bool>("--force") { Description = "Build even if it is there." };
        var json = Json();
        var build = new Command(
            Name,
            """
            Gets an artifact: from the local store, from a substituter, or by running a command in one of many processes;
            the others wait and get what it made.

            Usage:
              procdedup build KEY [options] -- COMMAND [ARGS...]

            The command finds in the environment variable PROCESSDEDUP_OUT the empty directory that it is to fill, and in
            PROCESSDEDUP_FINAL the path that leads to the artifact afterwards, for what bakes its own path into it. What it
            prints goes to standard error; the path of the artifact is the only line on standard output. The key is made of
            KEY, the content of the inputs, the words of the command, the operating system and the architecture. If the
            command ends with another exit code than 0, nothing is published, and those who wait fail at once.

            With --coordinator one process of all machines builds, if they have a substituter in common: --publish-to says
            where what is built is published before the others look there (--substituter). If only the environment names a
            coordinator and one of the two is missing, this machine builds for itself.

            The exit code is 0 if the path was printed; 64 for wrong usage, 66 if an input does not exist, 69 if the build
            failed, 73 if the destination cannot be used, 74 for failures of the system, 75 if another process took too
            long, 77 without rights, 78 if the store must not be used.
            """);
        options.AddTo(build);
        substituters.AddTo(build);
        substituters.AddPublishingTo(build);
        Option<string?> coordinator = FleetOption.Create();
        build.Add(coordinator);
        build.Add(force);
        build.Add(json);
        build.Validators.Add(result =>
        {
            if (words is null)
                result.AddError(Message.Of(Key.UsagePutAndThenCommandAfterOptions));
            else if (words.Count == 0)
                result.AddError(Message.Of(Key.UsageCommandIsMissingAfter));
        });
        build.SetAction(parsed =>
        {
            // No word can hold this one character, so that no two commands look like one.
            SubstituterOptions from = substituters.Read(parsed);
            string? to = substituters.PublishTo(parsed);
            using Coordinator? fleet = FleetOption.Open(parsed.GetValue(coordinator), hasNames: to is not null && from.Addresses.Count > 0);
            ArtifactRequest request = options.Read(parsed, string.Join('\0', words!)) with
            {
                Force = parsed.GetValue(force),
                Substituters = from,
                PublishTo = to,
                SigningKey = substituters.SigningKey(parsed),
                Coordinator = fleet,
            };
            using Stream log = Console.OpenStandardError();
            return Run(request, parsed.GetValue(json), (cache, cancellation) => cache.Build(
                request, place => BuildingCommand.Run(words!, place, log, cancellation), cancellation));
        });
        return build;
    }

    public static Option<bool> Json() => new("--json") { Description = "Print a JSON object with everything that is known instead of the path." };

    /// <summary>Gets an artifact, shows what takes time, and prints where it is.</summary>
    public static int Run(ArtifactRequest request, bool isJson, Func<ArtifactCache, CancellationToken, Artifact> get)
    {
        using var interruption = new Interruption();
        Artifact artifact;
        using (new FetchNotice(request.Activity, onlyWaits: true))
        {
            try
            {
                artifact = get(ArtifactCache.Open(LockRoot.Default()), interruption.Token);
            }
            catch (OperationCanceledException) when (interruption.Came)
            {
                return interruption.ExitCode;
            }
        }

        Console.Out.WriteLine(isJson ? JsonSerializer.Serialize(artifact, ArtifactJson.Default.Artifact) : artifact.Path);
        return ExitCode.Success;
    }
}

/// <summary>How artifacts are written as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(Artifact))]
[JsonSerializable(typeof(IReadOnlyList<Artifact>))]
internal sealed partial class ArtifactJson : JsonSerializerContext;
