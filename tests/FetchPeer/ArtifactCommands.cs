using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using ProcessDedup.Locks;
using ProcessDedup.Store;
using ProcessDedup.Substituters;

namespace ProcessDedup.FetchPeer;

/// <summary>
/// publish ADDRESS KEY DIRECTORY [--die-at STEP[:TIMES]]: READY; at the next line it publishes: DONE OUTCOME, or ERROR.
/// restore KEY ADDRESS…: READY; at the next line it restores: TOLD SENTENCE…, then OK DIGEST FROM or NONE, and
/// whether the SDK of AWS was loaded; or ERROR.
/// </summary>
internal static class ArtifactCommands
{
    // Both cores may be busy with dozens of these.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(80);

    public static void Publish(string[] words)
    {
        (string address, string key, string tree) = (words[0], words[1], words[2]);
        CacheStore store = CacheStore.Open(LockRoot.Default());
        var publisher = new ArtifactPublisher(new SubstituterOptions { StallTimeout = Patience }, store);
        if (words.Length > 4 && words[3] == "--die-at")
        {
            string[] parts = words[4].Split(':');
            PublishStep death = Enum.Parse<PublishStep>(parts[0]);
            int left = parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 1;
            publisher.Reached = step =>
            {
                if (step == death && --left == 0)
                    PeerOptions.Die();
            };
        }

        TreeManifest manifest = TreeManifest.Of(tree, CancellationToken.None);
        Speech.BeReady();
        var facts = new ArtifactFacts(key, "peer's", null, DateTimeOffset.UtcNow, "peer");
        Speech.Say($"DONE {publisher.Publish(address, facts, tree, manifest, null, CancellationToken.None)}");
    }

    public static void Restore(string[] words)
    {
        CacheStore store = CacheStore.Open(LockRoot.Default());
        var set = new SubstituterSet(new SubstituterOptions { Addresses = words[1..], ConnectTimeout = Patience }, store);
        Speech.BeReady();
        using StagingDirectory place = store.NewStaging();
        string directory = Directory.CreateDirectory(place.File("content")).FullName;
        Substituted? restored = set.TryRestore(words[0], "peer's", directory, place, new Told(), CancellationToken.None);
        Speech.Say(restored is null ? "NONE" : $"OK {restored.Manifest.Digest.Hex} {restored.From}");
        Speech.Say($"SDK {AppDomain.CurrentDomain.GetAssemblies().Any(a => a.GetName().Name!.StartsWith("AWSSDK", StringComparison.Ordinal))}");
    }

    private sealed class Told : ISubstituterWatch
    {
        public void Receiving(string from, long done, long total)
        {
        }

        void ISubstituterWatch.Told(string sentence) => Speech.Say("TOLD " + sentence);
    }
}
