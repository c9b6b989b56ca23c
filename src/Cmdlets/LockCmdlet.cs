using System.Collections.Generic;
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

    private protected override DedupException NoFilePath(string path) => LockFailures.NoFilePath(path);
}
