using System.Collections.Generic;
using System.Linq;
using ProcessDedup.Locks;

namespace ProcessDedup.Cmdlets;

/// <summary>What every cmdlet about locks has: which locks.</summary>
public abstract class LockCmdlet : DedupCmdlet
{
    private protected const string ByName = "ByName";
    private protected const string ByPath = "ByPath";

    /// <summary>The locks of -Name or -LiteralPath.</summary>
    private protected IReadOnlyList<LockTarget> Targets(string[]? names, string[]? paths)
    {
        var targets = new List<LockTarget>();
        if (names is not null)
        {
            LockRoot root = LockRoot.Default();
            foreach (string name in names)
                targets.Add(LockTarget.FromName(root, name));
        }

        foreach (string path in paths ?? [])
            targets.Add(LockTarget.FromPath(FileSystemPath(path)));
        return targets;
    }

    /// <summary>Those of the names, and of this machine's locks those that match a name with wildcards.</summary>
    private protected static IReadOnlyList<LockTarget> Matching(IEnumerable<string> names)
    {
        LockRoot root = LockRoot.Default();
        IReadOnlyList<LockTarget>? all = null;
        var targets = new List<LockTarget>();
        foreach (string name in names)
        {
            var pattern = new NamePattern(name);
            if (pattern.Literal is { } literal)
                targets.Add(LockTarget.FromName(root, literal));
            else
                targets.AddRange((all ??= StaleLocks.Candidates(root)).Where(target => pattern.IsMatch(target.Display)));
        }

        return targets.DistinctBy(target => target.LockFile).ToList();
    }

    private protected override DedupException NoFilePath(string path) => LockFailures.NoFilePath(path);
}
