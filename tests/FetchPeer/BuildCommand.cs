using System;
using System.Globalization;
using System.IO;
using System.Threading;
using ProcessDedup.Artifacts;
using ProcessDedup.Store;

namespace ProcessDedup.FetchPeer;

/// <summary>
/// build LOG KEY… [--substituter STORE]…: READY; at the next line it gets the artifacts one after the other, or builds a tree of
/// three files and writes a line into LOG (with a coordinator: a file "KEY …" into LOG.d); OK STATUS SHA256 SIZE PATH, or ERROR ID TEXT. With a
/// coordinator it says TOLD SENTENCE too.
/// </summary>
internal static class BuildCommand
{
    public static void Run(string[] words)
    {
        var options = new PeerOptions(words[1..]);
        ArtifactCache cache = options.OpenArtifacts();
        Speech.BeReady();
        foreach (string key in options.Addresses)
        {
            var request = new ArtifactRequest(ArtifactKey.Of(key))
            {
                Substituters = options.SubstituterOptions,
                PublishTo = options.PublishTo,
                Coordinator = options.Coordinator,
                StallTimeout = options.StallTimeout,
            };
            Get(cache, request, place => Build(place, words[0], key, options));
            while (options.Coordinator is not null && request.Activity.TakeRemark() is { } remark)
                Speech.Say("TOLD " + remark);
        }

        Speech.Say("END");
    }

    private static void Get(ArtifactCache cache, ArtifactRequest request, Action<BuildPlace> build)
    {
        try
        {
            Artifact artifact = cache.Build(request, build);
            Speech.Say(string.Create(
                CultureInfo.InvariantCulture,
                $"OK {artifact.Status} {artifact.Digest[(ContentHash.Sha256.Length + 1)..]} {artifact.Size} {artifact.Path}"));
        }
        catch (DedupException e)
        {
            Speech.Say($"ERROR {e.ErrorId} {e.Message}");
        }
    }

    private static void Build(BuildPlace place, string log, string key, PeerOptions options)
    {
        if (options.Coordinator is null)
            File.AppendAllText(log, "built\n");
        else
            // A file for each: many keys are built at the same moment.
            File.WriteAllText(Path.Combine(Directory.CreateDirectory(log + ".d").FullName, $"{key} {Guid.NewGuid():N}"), "built");
        if (options.Gate is { } gate)
        {
            Speech.Say("BUILDS");
            while (!File.Exists(gate))
                Thread.Sleep(10);
        }

        if (options.Fails)
            throw new InvalidOperationException("out of luck");
        if (options.Coordinator is not null)
            File.WriteAllText(Path.Combine(place.Directory, "key"), key);
        Directory.CreateDirectory(Path.Combine(place.Directory, "bin"));
        File.WriteAllText(Path.Combine(place.Directory, "bin/run"), new string('x', 100_000));
        File.WriteAllText(Path.Combine(place.Directory, "one"), "one");
        File.WriteAllText(Path.Combine(place.Directory, "two"), "two");
    }
}
