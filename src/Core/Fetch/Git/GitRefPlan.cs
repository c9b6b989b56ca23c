using System;
using System.Collections.Generic;
using ProcessDedup.Fetch.Revisions;
using ProcessDedup.Flight;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch.Git;

/// <summary>Which commit a branch or tag of a repository means: <c>git ls-remote</c>.</summary>
internal sealed class GitRefPlan(FetchContext context, GitSource source) : RevisionPlan(
    context, KeyOf(source, context.Store), source.Display, source.IdentityIn(context.Store))
{
    private const string Head = "HEAD";
    private const string Peeled = "^{}";

    private static string KeyOf(GitSource source, CacheStore store) =>
        ContentHash.HexOf($"git-ref\n{source.Url}\n{source.Ref ?? Head}\n{source.IdentityIn(store)}");

    private bool? _isForAll;

    // Asked for once, and only where the fleet is: git has to be started for it.
    public override string? FleetKey =>
        Context.Fleet is not null && (_isForAll ??= GitAnonymity.IsFor(Context, source, Display)) ? Key : null;

    protected override FoundRevision Ask(FlightLeader leader)
    {
        DateTimeOffset asked = DateTimeOffset.UtcNow;
        var git = new GitProgram(Context, source);
        git.Prepare(Display);
        IReadOnlyList<string> names = Names(source.Ref);
        var arguments = new List<string> { "ls-remote", "--", source.Url };
        foreach (string name in names)
        {
            arguments.Add(name);
            if (name != Head)
                arguments.Add(name + Peeled);
        }

        GitOutcome outcome = git.RunPatiently(Display, [.. arguments]);
        if (!outcome.IsGood)
            throw git.Failure(Display, outcome);
        return new FoundRevision(Find(outcome.Output, names) ?? throw FetchFailures.RefNotFound(Display, source.Ref), asked);
    }

    /// <summary>A branch before a tag of the same name; a full name is what it is.</summary>
    internal static IReadOnlyList<string> Names(string? reference) => reference switch
    {
        null or Head => [Head],
        _ when reference.StartsWith("refs/", StringComparison.Ordinal) => [reference],
        _ => ["refs/heads/" + reference, "refs/tags/" + reference],
    };

    /// <summary>
    /// The commit in a list of "HASH TAB NAME": of the first name that is there, and of what an annotated tag points to.
    /// </summary>
    /// <remarks>Exactly: git's own patterns match the ends of names too.</remarks>
    internal static string? Find(string list, IReadOnlyList<string> names)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in list.Split('\n'))
        {
            int tab = line.IndexOf('\t');
            if (tab > 0 && CommitHash.IsHash(line.Substring(0, tab)))
                found[line.Substring(tab + 1).TrimEnd('\r')] = line.Substring(0, tab).ToLowerInvariant();
        }

        foreach (string name in names)
        {
            if (found.TryGetValue(name + Peeled, out string? peeled))
                return peeled;
            if (found.TryGetValue(name, out string? commit))
                return commit;
        }

        return null;
    }
}
