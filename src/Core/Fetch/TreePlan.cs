using System;
using System.Diagnostics;
using ProcessDedup.Flight;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch;

/// <summary>A plan that fills a directory: by unpacking, by git, by a block.</summary>
internal abstract class TreePlan(FetchContext context, string kind, string key, string display)
    : ContentPlan<StagedTree>(context, key, display)
{
    private const string Content = "content";

    private readonly Stopwatch _clock = new();

    /// <summary>Fills an empty directory; <paramref name="place"/> is private, for whatever else is needed.</summary>
    protected abstract void Fill(string directory, StagingDirectory place, FlightLeader leader);

    /// <summary>Takes what was made out of the reach of whoever may still be at it; gives where it is then.</summary>
    protected virtual string TakeAway(string directory, StagingDirectory place, FlightLeader leader) => directory;

    /// <summary>Why the tree had to be made, as a part of a sentence.</summary>
    protected abstract LateMessage Why { get; }

    /// <summary>How it came about, if it was made.</summary>
    protected virtual FetchStatus Status => FetchStatus.Built;

    /// <summary>
    /// Do the times of what was made count, as for programs that compare them (make)? Not those of a commit: git itself gives
    /// what it checks out the time of the checkout, as a source must be newer than what was built of another commit.
    /// </summary>
    protected virtual bool KeepsTimes => true;

    /// <summary>What is in the directory.</summary>
    protected virtual TreeManifest Measure(string directory, FlightLeader leader) => TreeManifest.Of(
        directory, leader.Cancellation, allowsOutwardLinks: Request.AllowOutwardLinks);

    /// <summary>What is known besides: a commit, a name.</summary>
    protected virtual CacheEntry Describe(CacheEntry entry) => entry;

    public override StagedTree Produce(FlightLeader leader)
    {
        _clock.Restart();
        Request.Activity.Leads(leader);
        StagingDirectory place = Store.NewStaging();
        try
        {
            string directory = place.File(Content);
            FileSystem.CreatePrivateDirectory(directory);
            Fill(directory, place, leader);
            directory = TakeAway(directory, place, leader);
            leader.Reached?.Invoke(StoreStep.Staged);
            return new StagedTree(directory, Measure(directory, leader), place);
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            place.Dispose();
            throw FetchFailures.FromIo(Display, place.Path, e);
        }
        catch
        {
            place.Dispose();
            throw;
        }
    }

    public override CachedContent Publish(StagedTree staged, FlightLeader leader)
    {
        Store.Trees.Publish(staged.Path, staged.Manifest, Context.Owner, leader.Reached, KeepsTimes);
        CacheEntry entry = Describe(CacheEntry.New(Key, kind, Display) with
        {
            IsTree = true,
            Digest = staged.Manifest.Digest.Hex,
            Size = staged.Manifest.TotalBytes,
            Times = KeepsTimes ? staged.Manifest.Times?.Digest : null,
            Attributes = staged.Manifest.Attributes?.Digest,
            Work = _clock.Elapsed,
        });
        return Commit(entry, leader, Status, Why);
    }
}
