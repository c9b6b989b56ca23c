using System;
using System.Collections.Generic;
using System.Linq;
using ProcessDedup.Fetch;
using ProcessDedup.Flight;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Store;
using ProcessDedup.Substituters;

namespace ProcessDedup.Artifacts;

/// <summary>
/// One artifact, whichever way it comes: from a substituter, by a build, or saved by somebody. All ways have one key and
/// one lock (the condition of the Nix maintainers: never two kinds of lock for one path).
/// </summary>
internal sealed class ArtifactPlan(FetchContext context, ArtifactKey key, ArtifactWork work)
    : TreePlan(context, Artifacts, key.Fingerprint, FetchFailures.PublicName(key.Name))
{
    /// <summary>The kind of the records.</summary>
    public const string Artifacts = "artifact";

    private const string Logs = "logs";

    private Substitution? _substitution;
    private bool _isPublished;
    private bool _isFinal;
    private string? _built;
    private TreeSurvey? _survey;

    // Only who publishes what he builds gives the others anything to wait for.
    public override string? FleetKey => Context.Fleet is null || work.Publish is null ? null : Key;

    // What one must not have, another may have asked for.
    public override string FailureScope => Request.AllowOutwardLinks ? work.FailureScope + "\nlinks" : work.FailureScope;

    protected override LateMessage Why => _substitution is { } from ? Message.Late(Messages.Key.ReasonHadIt, from.From)
        : work.Status == FetchStatus.Saved ? Message.Late(Messages.Key.ReasonNotThereYetOrWasTo)
        : Message.Late(Messages.Key.ReasonNeitherLocalStoreNorSubstituterHad);

    protected override FetchStatus Status => _substitution is null ? work.Status : FetchStatus.Substituted;

    // It becomes a path.
    public override bool IsAnswer(FleetFind found, MachineMoment asked) =>
        (found.Entry?.FileName is not { } file || ArtifactPack.ReasonAgainstName(file) is null) && base.IsAnswer(found, asked);

    protected override LateMessage? Freshness(CacheEntry entry, DateTimeOffset now) =>
        work.IsForced ? null : Message.Late(Messages.Key.ReasonKeySaysWhatItDependsOn);

    protected override TreeManifest Measure(string directory, FlightLeader leader)
    {
        TreeManifest manifest = _substitution?.Manifest ?? TreeManifest.Of(
            directory, leader.Cancellation, keepsModes: true, Request.AllowOutwardLinks);
        if (_survey is not null)
            manifest = manifest.WithAttributes(TreeAttributes.WithExtended(manifest.Attributes, manifest.Items, _survey.Extended));
        LookForBakedPaths(directory, manifest, leader);
        return manifest;
    }

    private void LookForBakedPaths(string directory, TreeManifest manifest, FlightLeader leader)
    {
        const int shown = 3;
        _isFinal = BakedPaths.Find(directory, manifest, [FinalPlace.PathOf(Store.Layout, Key)], leader.Cancellation).Count > 0;
        if (_built is null)
            return;
        IReadOnlyList<string> baked = BakedPaths.Find(directory, manifest, [_built, RealPath.Of(_built)], leader.Cancellation);
        if (baked.Count == 0)
            return;
        string files = string.Join(", ", baked.Take(shown).Select(file => $"'{FetchFailures.Shown(file)}'"));
        if (baked.Count > shown)
            files += Message.Of(Messages.Key.ReasonAndMore, baked.Count - shown);
        Request.Activity.Remark(Message.Of(Messages.Key.NoticeBuildHoldsStagingPath, Display, files));
    }

    protected override void Fill(string directory, StagingDirectory place, FlightLeader leader)
    {
        _substitution = work.Substitute?.Invoke(directory, place, leader);
        if (_substitution is not null)
            return;
        if (work.Produce is null)
        {
            int namesakes = Store.Index.ReadAll().Count(found => found.Key.Kind == Artifacts && found.Key.Source == Display);
            throw FetchFailures.ArtifactNotFound(Display, Key, work.Substituters, namesakes);
        }

        // From here on it is the caller's work, which takes its time.
        Context.LiftTimeLimit();
        var build = new BuildPlace(Display, directory, place.File(Logs), leader.Lease) { Final = FinalPlace.PathOf(Store.Layout, Key) };
        Request.Activity.DescribedBy(work.Status == FetchStatus.Built ? build.Describe : build.DescribeCopy);
        Run(build);
        BuildCheck.Check(build, place);
        _survey = build.Survey ?? TreeSurvey.Of(directory, null, work.KeepsExtended, leader.Cancellation);
        if (_survey.Dropped(Display) is { } dropped)
            Request.Activity.Remark(dropped);
        if (work.Status == FetchStatus.Built)
            _built = directory;
    }

    protected override string TakeAway(string directory, StagingDirectory place, FlightLeader leader)
    {
        if (_substitution is not null)
            return directory;
        string taken = BuildRemains.TakeAway(Display, directory, place, Request.Activity, leader.Cancellation);
        SeparateFiles.In(taken);
        return taken;
    }

    private void Run(BuildPlace build)
    {
        try
        {
            work.Produce!(build);
        }
        catch (Exception e) when (e is not (OperationCanceledException or DedupException or PlatformException))
        {
            throw FetchFailures.ProducerFailed(Display, e.Message, e);
        }
    }

    public override CachedContent Publish(StagedTree staged, FlightLeader leader)
    {
        CachedContent content = base.Publish(staged, leader);
        TryMakeFinal(content.Entry);
        if (content.Status == FetchStatus.Built && work.Publish is not null)
            _isPublished = TryPublish(content.Entry, leader);
        return content;
    }

    /// <summary>Makes the path lead to the artifact that holds it.</summary>
    public void TryMakeFinal(CacheEntry entry)
    {
        if (!entry.IsFinal)
            return;
        try
        {
            FinalPlace.Ensure(Store.Layout, entry);
        }
        catch (PlatformException e)
        {
            Request.Activity.Remark(Message.Of(
                Messages.Key.NoticeFinalPathCannotBeMade, Display, FinalPlace.PathOf(Store.Layout, entry.Key), FetchFailures.CauseOf(e)));
        }
    }

    // The build is done and here, whatever others can have of it.
    private bool TryPublish(CacheEntry entry, FlightLeader leader)
    {
        try
        {
            work.Publish!(entry, leader);
            return true;
        }
        catch (FetchException e)
        {
            Request.Activity.Remark(Message.Of(Messages.Key.NoticeBuiltButNotPublished, Display, e.Message));
        }
        catch (PlatformException e)
        {
            Request.Activity.Remark(Message.Of(Messages.Key.NoticeBuiltButNotPublishedAs, Display, FetchFailures.CauseOf(e)));
        }

        return false;
    }

    public override FleetShare? Share(CachedContent result, FlightLeader leader) =>
        _isPublished || result.Status == FetchStatus.Substituted ? new FleetShare(result.Entry with { From = null }, null) : null;

    protected override Substituted? Receive(FleetFind found, string directory, StagingDirectory place, FlightLeader leader)
    {
        _substitution = work.Substitute?.Invoke(directory, place, leader);
        return _substitution is { } from
            ? new Substituted(new ArtifactRecord { FileName = from.FileName }, from.Manifest, from.From, 0)
            : null;
    }

    // Of two builds of one key the first to be published counts; it may not be the one that the record tells of.
    protected override CacheEntry Complete(CacheEntry entry, Substituted received) => entry with
    {
        Digest = received.Manifest.Digest.Hex,
        Size = received.Manifest.TotalBytes,
        FileName = received.Record.FileName,
        Times = received.Manifest.Times?.Digest,
        Attributes = received.Manifest.Attributes?.Digest,
    };

    protected override CacheEntry Describe(CacheEntry entry) => entry with
    {
        FileName = _substitution is null ? work.FileName : _substitution.FileName,
        From = _substitution?.From,
        IsFinal = _isFinal,
    };
}
