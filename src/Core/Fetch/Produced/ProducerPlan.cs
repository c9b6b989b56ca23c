using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using ProcessDedup.Artifacts;
using ProcessDedup.Fetch.Files;
using ProcessDedup.Flight;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch.Produced;

/// <summary>What a block or command of the caller's makes: any downloader gets the treatment that our own have.</summary>
internal sealed class ProducerPlan(FetchContext context, string name, string key, Action<string> producer)
    : TreePlan(context, "script", key, name)
{
    // Nothing is said of what the block's result depends on besides, and programs differ from one system to the next.
    public override string? FleetKey => Context.Exchange is null ? null : ContentHash.HexOf($"script\n{ArtifactKey.Platform}\n{Key}");

    protected override LateMessage Why => Message.Late(Messages.Key.ReasonNobodyHadMadeItYetOr);

    // Without a limit it is right for ever: the key says what it depends on.
    protected override LateMessage? Freshness(CacheEntry entry, DateTimeOffset now) =>
        Request.MaxAge is { } most ? YoungerThan(entry, most, now) : Message.Late(Messages.Key.ReasonMadeBeforeFromSameInputs);

    protected override void Fill(string directory, StagingDirectory place, FlightLeader leader)
    {
        if (Request.Offline)
            throw FetchFailures.Offline(Display);
        Context.LiftTimeLimit();
        Request.Activity.Does("runs");
        try
        {
            producer(directory);
        }
        catch (Exception e) when (e is not (OperationCanceledException or DedupException or PlatformException))
        {
            throw FetchFailures.ProducerFailed(Display, e.Message, e);
        }

        // Most often a block without param($out), which wrote elsewhere: that would be the answer for everybody from now on.
        if (Directory.Exists(directory) && !Directory.EnumerateFileSystemEntries(directory).Any())
            throw FetchFailures.BuildMadeNothing(Display);
    }

    protected override string TakeAway(string directory, StagingDirectory place, FlightLeader leader)
    {
        string taken = BuildRemains.TakeAway(Display, directory, place, Request.Activity, leader.Cancellation);
        SeparateFiles.In(taken);
        return taken;
    }

    protected override CacheEntry Describe(CacheEntry entry) => entry with { FileName = Display };

    /// <summary>The key of a name and of the content of the files that the result depends on.</summary>
    /// <exception cref="FetchException">A file cannot be read.</exception>
    public static string KeyOf(string name, IReadOnlyList<string> inputs, System.Threading.CancellationToken cancellation)
    {
        var text = new StringBuilder("script\n").Append(name.Length).Append('\n').Append(name).Append('\n');
        foreach (string input in inputs)
        {
            try
            {
                text.Append(FileHashing.Of(input, [ContentHash.Sha256], cancellation)[0].Hex).Append('\n');
            }
            catch (Exception e) when (e is PlatformException || ManagedFailures.IsAboutFiles(e))
            {
                throw FetchFailures.SourceUnreadable(name, input, e is PlatformException known ? known.Cause : e.Message);
            }
        }

        return ContentHash.HexOf(text.ToString());
    }
}
