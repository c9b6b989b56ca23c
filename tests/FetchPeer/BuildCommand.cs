using System;
using System.Globalization;
using System.IO;
using ProcessDedup.Artifacts;
using ProcessDedup.Store;
using ProcessDedup.Substituters;

namespace ProcessDedup.FetchPeer;

/// <summary>
/// build LOG KEY [--substituter STORE]…: READY; at the next line it gets the artifact, or builds a tree of three files and
/// writes a line into LOG; OK STATUS SHA256 SIZE PATH, or ERROR ID TEXT.
/// </summary>
internal static class BuildCommand
{
    public static void Run(string[] words)
    {
        var options = new PeerOptions(words[1..]);
        ArtifactCache cache = options.OpenArtifacts();
        var request = new ArtifactRequest(ArtifactKey.Of(options.Addresses[0]))
        {
            // Both cores may be busy with dozens of these.
            Substituters = new SubstituterOptions { Addresses = options.Substituters, ConnectTimeout = TimeSpan.FromSeconds(80) },
        };
        Speech.BeReady();
        try
        {
            Artifact artifact = cache.Build(request, place =>
            {
                File.AppendAllText(words[0], "built\n");
                Directory.CreateDirectory(Path.Combine(place.Directory, "bin"));
                File.WriteAllText(Path.Combine(place.Directory, "bin/run"), new string('x', 100_000));
                File.WriteAllText(Path.Combine(place.Directory, "one"), "one");
                File.WriteAllText(Path.Combine(place.Directory, "two"), "two");
            });
            Speech.Say(string.Create(
                CultureInfo.InvariantCulture,
                $"OK {artifact.Status} {artifact.Digest[(ContentHash.Sha256.Length + 1)..]} {artifact.Size} {artifact.Path}"));
        }
        catch (DedupException e)
        {
            Speech.Say($"ERROR {e.ErrorId} {e.Message}");
        }

        Speech.Say("END");
    }
}
