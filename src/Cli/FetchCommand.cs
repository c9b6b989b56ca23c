using System;
using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using ProcessDedup.Coordination;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Substituters;

namespace ProcessDedup.Cli;

/// <summary><c>procdedup fetch</c>: gets something once for everybody, and prints where it is.</summary>
internal static class FetchCommand
{
    public static Command Create()
    {
        var options = new FetchOptions();
        var substituters = new SubstituterArguments("Where is looked, with --coordinator, for what other machines have fetched");
        Option<string?> coordinator = FleetOption.Create();
        var json = new Option<bool>("--json") { Description = "Print a JSON object with everything that is known instead of the path." };
        var verbose = new Option<bool>("--verbose") { Description = "Say on standard error how it came about, and why." };
        var command = new Command(
            "fetch",
            """
            Gets a file, an archive or a repository through the cache: of many processes that want it at the same moment
            one fetches it, the others wait and reuse it.

            The path is the only line on standard output. What is in the cache must not be written to, and is not pruned
            as long as the process lives that started procdedup; copy it to where you want it with --out.

            With --coordinator one process of all machines fetches, if they have a substituter in common: --publish-to says
            where what is fetched is published before the others look there (--substituter). Files of this machine, what
            is unpacked, and what anybody was shown a login for are not shared.

            The exit code is 0 if the path was printed; 64 for wrong usage, 65 if what came is not what was expected (hash,
            archive, size), 66 if it does not exist or is not in the cache with --offline, 69 if the origin cannot be
            reached or refuses to work, 73 if the destination cannot be used, 74 for failures of the system, 75 if
            another process or the origin took too long, 77 without rights, 78 if the cache directory must not be used.
            """);
        options.AddTo(command);
        substituters.AddTo(command);
        substituters.AddPublishingTo(command);
        command.Add(coordinator);
        command.Add(json);
        command.Add(verbose);
        command.SetAction(parsed =>
        {
            SubstituterOptions from = substituters.Read(parsed);
            string? to = substituters.PublishTo(parsed);
            bool canExchange = to is not null && from.Addresses.Count > 0;
            using Coordinator? fleet = FleetOption.Open(parsed.GetValue(coordinator), canExchange);
            FetchRequest request = options.Read(parsed) with
            {
                Substituters = from,
                PublishTo = to,
                SigningKey = substituters.SigningKey(parsed),
                Coordinator = fleet,
            };
            if (parsed.GetValue(verbose) && !canExchange && fleet is null && FleetOption.IsInEnvironment)
                Console.Error.WriteLine(Message.Of(Key.NoticeCoordinatorOfIsNotAskedAs, Coordinator.Variable));
            return Run(request, parsed.GetValue(json), parsed.GetValue(verbose));
        });
        return command;
    }

    private static int Run(FetchRequest request, bool isJson, bool isVerbose)
    {
        using var interruption = new Interruption();
        FetchResult result;
        using (new FetchNotice(request.Activity))
        {
            try
            {
                result = FetchCache.Open(LockRoot.Default()).Get(request, interruption.Token);
            }
            catch (OperationCanceledException) when (interruption.Came)
            {
                return interruption.ExitCode;
            }
        }

        if (isVerbose)
            Console.Error.WriteLine($"procdedup: {result.Status}: {result.Reason}.");
        Console.Out.WriteLine(isJson ? JsonSerializer.Serialize(result, FetchResultJson.Default.FetchResult) : result.Path);
        return ExitCode.Success;
    }
}

/// <summary>How <c>fetch --json</c> writes a result: one line, so that results of many can be put into one file.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(FetchResult))]
internal sealed partial class FetchResultJson : JsonSerializerContext;
