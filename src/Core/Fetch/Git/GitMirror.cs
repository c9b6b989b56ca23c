using System;
using System.Collections.Generic;
using System.IO;
using ProcessDedup.Fetch.Revisions;
using ProcessDedup.Flight;
using ProcessDedup.Locks;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch.Git;

/// <summary>
/// The bare mirror of one repository: what was fetched once is not sent again. It holds no branch of its origin, but a
/// reference for each commit that is wholly there.
/// </summary>
/// <remarks>
/// Correct without its lock: objects come in packs, which appear whole, and a reference is written by git after its
/// objects; two that write the same one agree on its value. Nothing is ever removed from it (gc.auto=0) but the whole
/// mirror when it is broken.
/// </remarks>
internal sealed class GitMirror(FetchContext context, GitSource source, GitProgram git, string display)
{
    private const string LockPrefix = OwnLocks.Mirror;
    private const string Kept = "refs/procdedup/";
    private const string Everything = "refs/procdedup-all/";
    private const string Hash = "git\n";

    private readonly string _name = ContentHash.HexOf(Hash + source.Url);

    /// <summary>Where it is.</summary>
    public string Place => Path.Combine(context.Store.Layout.Git, _name);

    /// <summary>Is the commit there, with all of its tree?</summary>
    public bool Has(string commit) => Has(Place, commit);

    /// <summary>The links to submodules in a commit, which must be there: path and commit.</summary>
    public IReadOnlyDictionary<string, string> Links(string commit)
    {
        const string link = "160000 commit ";
        var links = new Dictionary<string, string>(StringComparer.Ordinal);
        GitOutcome tree = git.RunLocal(display, null, "--git-dir=" + Place, "ls-tree", "-r", "-z", "--full-tree", commit);
        if (!tree.IsGood)
            throw git.Failure(display, tree);
        foreach (string entry in tree.Output.Split('\0'))
        {
            int tab = entry.IndexOf('\t');
            if (tab > 0 && entry.StartsWith(link, StringComparison.Ordinal))
                links[entry.Substring(tab + 1)] = entry.Substring(link.Length, tab - link.Length);
        }

        return links;
    }

    /// <summary>Writes the files of a commit, which must be there, as a tar archive.</summary>
    public GitOutcome Export(string commit, Stream tar)
    {
        SetAttributes();
        return git.RunLocal(display, tar, "--git-dir=" + Place, "archive", "--format=tar", commit);
    }

    // The files are those of a checkout. What is marked export-subst would tell the names of this mirror's references, which
    // differ from one machine to the next (nix#7596); what is marked export-ignore would be missing. This file counts more
    // than those of the commit (gitattributes(5)).
    private void SetAttributes()
    {
        string file = Path.Combine(Place, "info", "attributes");
        byte[] wanted = "* -export-subst -export-ignore\n"u8.ToArray();
        try
        {
            if (FileSystem.TryReadSmall(file, wanted.Length)?.AsSpan().SequenceEqual(wanted) == true)
                return;
            FileSystem.CreatePrivateDirectory(Path.GetDirectoryName(file)!);
            FileSystem.WriteAtomically(file, wanted, FileSystem.PrivateFile);
        }
        catch (PlatformException e)
        {
            throw FetchFailures.FromPlatform(display, e);
        }
    }

    /// <summary>Gets the commit if it is not there.</summary>
    public void Ensure(string commit, StagingDirectory staging, FlightLeader leader)
    {
        if (Has(commit))
            return;
        if (context.Request.Offline)
            throw FetchFailures.Offline(display);
        using LockLease? lease = context.Guard(LockPrefix + _name, display);
        if (Has(commit))
            return;
        context.Request.Activity.Does("git fetch");
        git.Prepare(display);
        if (lease is not null)
            RemoveLeftovers();
        if (!Directory.Exists(Place) && TryShow(Make(commit, staging)))
            return;
        if (!Has(commit))
            FetchOrReplace(commit, staging);
    }

    /// <summary>The next prune is to see that it is used.</summary>
    private void Touch()
    {
        try
        {
            Directory.SetLastWriteTimeUtc(Place, DateTime.UtcNow);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Just pruned: then git says so, and it is made anew.
        }
    }

    // Of a git that was killed here: with its lock no shallow fetch would ever work again, and nobody else collects its packs.
    private void RemoveLeftovers()
    {
        FileSystem.TryDelete(Path.Combine(Place, "shallow.lock"));
        string packs = Path.Combine(Place, "objects", "pack");
        foreach (string pack in Directory.Exists(packs) ? Directory.GetFiles(packs, "tmp_*") : [])
            FileSystem.TryDelete(pack);
    }

    private void FetchOrReplace(string commit, StagingDirectory staging)
    {
        try
        {
            Touch();
            Fetch(Place, commit);
        }
        catch (FetchException e) when (e.Error == FetchError.GitFailed)
        {
            // Perhaps it is the mirror that is damaged; a new one tells, and leaves the old one alone if not.
            string made = Make(commit, staging);
            Abandon();
            TryShow(made);
        }
    }

    /// <summary>Puts a mirror that git cannot read out of the way.</summary>
    public void Abandon()
    {
        string trash = Path.Combine(context.Store.Layout.Trash, OwnedName.New());
        try
        {
            Publishing.RenameOnly(Place, trash);
        }
        catch (PlatformException)
        {
            // Another process has done so, or (Windows) reads it: then it stays as it is.
            return;
        }

        TreeRemoval.TryDelete(trash);
    }

    private bool Has(string place, string commit) => Directory.Exists(place)
        && git.RunLocal(display, null, "--git-dir=" + place, "rev-parse", "--quiet", "--verify", Kept + commit + "^{tree}").IsGood;

    // In a private place first: a mirror that can be seen is one that works.
    private string Make(string commit, StagingDirectory staging)
    {
        string place = staging.File("mirror-" + Guid.NewGuid().ToString("N"));
        var arguments = new List<string> { "init", "--quiet", "--bare", "--template=" };
        if (CommitHash.IsSha256(commit))
            arguments.Add("--object-format=sha256");
        arguments.Add(place);
        GitOutcome made = git.RunLocal(display, null, [.. arguments]);
        if (!made.IsGood)
            throw git.Failure(display, made);
        Fetch(place, commit);
        return place;
    }

    // The loser uses the winner's.
    private bool TryShow(string made)
    {
        try
        {
            Publishing.Rename(made, Place);
            return true;
        }
        catch (PlatformException) when (Directory.Exists(Place))
        {
            TreeRemoval.TryDelete(made);
            return false;
        }
    }

    private void Fetch(string place, string commit)
    {
        string kept = commit + ":" + Kept + commit;
        // Ever more, for servers that can do ever less: no shallow fetch by dumb HTTP, no bare commits before git 2.5.
        GitOutcome outcome = FetchTwice(place, commit, "--depth=1", kept);
        if (outcome.IsGood || Has(place, commit))
            return;
        if (IsFinal(outcome))
            throw git.Failure(display, outcome);
        if (FetchTwice(place, commit, null, kept).IsGood || Has(place, commit))
            return;
        FetchAll(place, commit, outcome);
    }

    private static bool IsFinal(GitOutcome outcome) => outcome.Error is not FetchError.GitFailed;

    // Where locks do not lock, another process may have its hands on the mirror's shallow file or on the reference.
    private GitOutcome FetchTwice(string place, string commit, string? depth, string reference)
    {
        GitOutcome outcome = FetchOnce(place, depth, reference);
        return outcome.IsGood || IsFinal(outcome) || Has(place, commit) ? outcome : FetchOnce(place, depth, reference);
    }

    private GitOutcome FetchOnce(string place, string? depth, params string[] references)
    {
        var arguments = new List<string> { "--git-dir=" + place, "fetch", "--progress", "--no-tags", "--no-write-fetch-head", "--force" };
        if (depth is not null)
            arguments.Add(depth);
        arguments.Add("--");
        arguments.Add(source.Url);
        arguments.AddRange(references);
        return git.RunPatiently(display, [.. arguments]);
    }

    private void FetchAll(string place, string commit, GitOutcome first)
    {
        string mine = Everything + OwnedName.New();
        var references = new List<string> { $"+refs/heads/*:{mine}/heads/*", $"+refs/tags/*:{mine}/tags/*" };
        if (source.Ref?.StartsWith("refs/", StringComparison.Ordinal) == true)
            references.Add($"+{source.Ref}:{mine}/wanted");
        GitOutcome all = FetchOnce(place, null, [.. references]);
        if (all.IsGood)
            git.RunLocal(display, null, "--git-dir=" + place, "update-ref", Kept + commit, commit);
        TreeRemoval.TryDelete(Path.Combine(place, mine.Replace('/', Path.DirectorySeparatorChar)));
        if (!Has(place, commit))
            throw all.IsGood ? FetchFailures.CommitNotFound(display, commit, first.Said(source.Http?.Secrets)) : git.Failure(display, all);
    }
}
