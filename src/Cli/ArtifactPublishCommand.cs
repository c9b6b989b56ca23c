using System;
using System.CommandLine;
using System.IO;
using System.Text.Json;
using System.Text.Json.Serialization;
using ProcessDedup.Artifacts;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Substituters;

namespace ProcessDedup.Cli;

/// <summary><c>procdedup artifact publish</c>: gives what is in the local store to others.</summary>
internal static class ArtifactPublishCommand
{
    public static Command Create()
    {
        var key = new Argument<string>("KEY") { Description = "The whole key of an artifact; or a name, for all artifacts of that name." };
        var to = new Option<string[]>("--to")
        {
            Description = "Where to: a directory, an http(s) address (WebDAV), or s3://bucket/prefix?region=…&endpoint=…; may be repeated.",
            HelpName = "STORE",
            Required = true,
        };
        var inputs = new Option<string[]>("--input")
        {
            Description = "As with 'artifact save': only the artifact that depends on these files.",
            HelpName = "GLOB",
        };
        var anyPlatform = new Option<bool>("--any-platform") { Description = "As with 'artifact save'." };
        var signingKey = new Option<string?>("--signing-key") { Description = "A PEM file with the private key (ECDSA, P-256) that signs them.", HelpName = "PEM" };
        var json = new Option<bool>("--json") { Description = "Print JSON, an object for each artifact and store." };
        var command = new Command("publish", "Publishes artifacts of the local store to substituters; what they have already is left as it is.")
        {
            key, to, inputs, anyPlatform, signingKey, json,
        };
        command.RefuseOptionAs(key);
        command.SetAction(parsed =>
        {
            string[] patterns = parsed.GetValue(inputs) ?? [];
            ArtifactKey which = ArtifactKey.Of(
                parsed.GetValue(key)!, patterns.Length == 0 ? [] : ArtifactInputs.Read(Directory.GetCurrentDirectory(), patterns),
                isForAnyPlatform: parsed.GetValue(anyPlatform));
            return Run(which, parsed.GetValue(to)!, parsed.GetValue(signingKey), parsed.GetValue(json));
        });
        return command;
    }

    private static int Run(ArtifactKey key, string[] stores, string? signingKey, bool isJson)
    {
        using var interruption = new Interruption();
        ArtifactCache cache = ArtifactCache.Open(LockRoot.Default());
        int code = ExitCode.Success;
        foreach (string store in stores)
        {
            try
            {
                var activity = new FetchActivity();
                using var notice = new FetchNotice(activity);
                foreach (PublishedArtifact published in cache.Publish(key, store, signingKey, new SubstituterOptions(), activity, interruption.Token))
                    Print(published, isJson);
            }
            catch (OperationCanceledException) when (interruption.Came)
            {
                return interruption.ExitCode;
            }
            catch (FetchException e) when (stores.Length > 1)
            {
                // The next one may take it.
                Console.Error.WriteLine("procdedup: " + e.Message);
                code = ExitCode.Of(e);
            }
        }

        return code;
    }

    private static void Print(PublishedArtifact published, bool isJson)
    {
        if (isJson)
            Console.Out.WriteLine(JsonSerializer.Serialize(published, PublishedArtifactJson.Default.PublishedArtifact));
        else if (published.Outcome == PublishOutcome.Published)
            Console.Out.WriteLine(Message.Of(
                Key.NoticePublishedTo, published.Name, published.Key[..12], ByteCount.Describe(published.Size), published.To));
        else
            Console.Out.WriteLine(Message.Of(Key.NoticeHasItAlready, published.Name, published.Key[..12], published.To));
    }
}

/// <summary>How <c>artifact publish --json</c> writes what it did.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(PublishedArtifact))]
internal sealed partial class PublishedArtifactJson : JsonSerializerContext;
