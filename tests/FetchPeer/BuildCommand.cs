using System.Globalization;
using System.IO;
using ProcessDedup.Artifacts;
using ProcessDedup.Store;

namespace ProcessDedup.FetchPeer;

/// <summary>
/// build LOG KEY: READY; at the next line it builds a tree of three files, and writes a line into LOG; OK STATUS SHA256 SIZE
/// PATH, or ERROR ID TEXT.
/// </summary>
internal static class BuildCommand
{
    public static void Run(string[] words)
    {
        var options = new PeerOptions(words[1..]);
        ArtifactCache cache = options.OpenArtifacts();
        Speech.BeReady();
        try
        {
            Artifact artifact = cache.Build(new ArtifactRequest(ArtifactKey.Of(options.Addresses[0])), place =>
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
