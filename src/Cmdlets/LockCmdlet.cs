using System;
using System.Collections.Generic;
using System.Management.Automation;
using Microsoft.PowerShell.Commands;
using ProcessDedup.Locks;

namespace ProcessDedup.Cmdlets;

/// <summary>What every cmdlet about locks has: lock errors as error records, paths.</summary>
public abstract class LockCmdlet : CancellableCmdlet
{
    private protected const string ByName = "ByName";
    private protected const string ByPath = "ByPath";

    /// <summary>Runs <paramref name="action"/>; lock errors end the cmdlet with their own error id.</summary>
    private protected T OrThrow<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (LockException e)
        {
            ThrowTerminatingError(LockErrorRecords.From(e));
            throw;
        }
    }

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

    /// <summary>A PowerShell path (PSDrives, relative to the current location) as the file system knows it.</summary>
    private protected string FileSystemPath(string path)
    {
        if (string.IsNullOrEmpty(path))
            return path;
        string full = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
        return provider.ImplementingType == typeof(FileSystemProvider)
            ? full
            : throw new LockException(
                LockError.LockPathInvalid, path, $"'{path}' is not a path of the file system.",
                "Give the path of a file, such as /var/lock/build.lock.");
    }
}
