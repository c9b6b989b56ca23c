using System;
using System.IO;
using ProcessDedup.Fetch.Archives;
using ProcessDedup.Fetch.Revisions;
using ProcessDedup.Flight;
using ProcessDedup.Messages;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch.Git;

/// <summary>
/// The files of one commit, as <c>git checkout</c> gives them: without .git, and unless they are asked for with empty directories for
/// submodules and pointers for LFS content. The same for ever.
/// </summary>
internal sealed class GitTreePlan(FetchContext context, GitSource source, string commit) : TreePlan(
    context, "git", KeyOf(context.Request, source, commit), source.DisplayOfCommit(commit))
{
    private readonly FetchContext _context = context;

    private static string KeyOf(FetchRequest request, GitSource source, string commit) => ContentHash.HexOf(
        $"git\n{source.Url}\n{commit}{(request.Submodules ? "\nsubmodules" : string.Empty)}{(request.LargeFiles ? "\nlfs" : string.Empty)}{(request.AllowNonPortableNames ? "\nnames" : string.Empty)}{(request.AllowOutwardLinks ? "\nlinks" : string.Empty)}");

    public override string FailureScope =>
        source.IdentityIn(Store) + "\n" + Request.MaxUnpackedBytes?.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private bool? _isForAll;

    public override string? FleetKey =>
        _context.Exchange is not null && !Request.Submodules && !Request.LargeFiles && (_isForAll ??= GitAnonymity.IsFor(_context, source, Display)) ? Key : null;

    protected override bool KeepsTimes => false;

    protected override LateMessage Why => Message.Late(Messages.Key.ReasonFilesOfThisCommitWereNot);

    protected override LateMessage? Freshness(CacheEntry entry, DateTimeOffset now) => Message.Late(Messages.Key.ReasonCommitNeverChanges);

    // What git exports is not compressed, so there is no ratio that would tell a bomb. The largest repositories that people
    // build from are about this large.
    private const long MostBytes = 4L << 30;

    protected override void Fill(string directory, StagingDirectory place, FlightLeader leader)
    {
        var git = new GitProgram(_context, source);
        var mirror = new GitMirror(_context, source, git, Display);
        string tar = place.File("tree.tar");
        mirror.Ensure(commit, place, leader);
        GitOutcome outcome = Export(mirror, tar);
        if (!outcome.IsGood && outcome.Error == FetchError.GitFailed && !Request.Offline)
        {
            // A mirror that was damaged, or taken away by another process that found it so.
            mirror.Abandon();
            mirror.Ensure(commit, place, leader);
            outcome = Export(mirror, tar);
        }

        if (!outcome.IsGood)
            throw git.Failure(Display, outcome);
        Request.Activity.Does("unpacking");
        try
        {
            Archive.Unpack(tar, directory, new UnpackOptions { KeepsTimes = false, AllowNonPortableNames = Request.AllowNonPortableNames, AllowOutwardLinks = Request.AllowOutwardLinks, MaxTotalBytes = Request.MaxUnpackedBytes ?? MostBytes }, leader.Cancellation);
        }
        catch (FetchException e)
        {
            throw Repository.Named(e, tar, Display);
        }

        if (Request.LargeFiles)
            new GitLargeFiles(_context, source, git, Display).Fill(mirror.Place, commit, directory);
        if (Request.Submodules && mirror.Links(commit) is { Count: > 0 } links)
            new GitSubmodules(_context, source, git, Display).Fill(directory, links);
        TellWhatIsLeftOut(directory);
        // The tree is still to be hashed and synced, perhaps on a disk that is nearly full.
        Platform.FileSystem.TryDelete(tar);
    }

    private void TellWhatIsLeftOut(string directory)
    {
        if (!Request.Submodules && GitLeftOut.HasSubmodules(directory))
            Request.Activity.Remark(Message.Of(Messages.Key.NoticeSubmodulesAreLeftOut, Display));
        if (!Request.LargeFiles && GitLeftOut.HasLargeFiles(directory))
            Request.Activity.Remark(Message.Of(Messages.Key.NoticeLfsContentIsLeftOut, Display));
    }

    private GitOutcome Export(GitMirror mirror, string tar)
    {
        using var file = new FileStream(tar, FileMode.Create, FileAccess.Write, FileShare.Read, 1);
        return mirror.Export(commit, file);
    }

    protected override CacheEntry Describe(CacheEntry entry) => entry with { Revision = commit, FileName = source.Name };
}
