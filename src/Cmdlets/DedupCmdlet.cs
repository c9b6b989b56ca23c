using System;
using System.Management.Automation;
using Microsoft.PowerShell.Commands;

namespace ProcessDedup.Cmdlets;

/// <summary>What every cmdlet over Core has: Core's errors as error records, paths.</summary>
public abstract class DedupCmdlet : CancellableCmdlet
{
    /// <summary>Runs <paramref name="action"/>; Core's errors end the cmdlet with their own error id.</summary>
    private protected T OrThrow<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (DedupException e)
        {
            Fail(e);
            throw;
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }

    /// <summary>Ends the cmdlet with an error of Core, and with -ErrorAction Stop the script.</summary>
    /// <remarks>
    /// ThrowTerminatingError takes no notice of -ErrorAction: the next statement of the script would run without what was
    /// refused. WriteError does, and under Stop it does not return.
    /// </remarks>
    private protected void Fail(DedupException e)
    {
        ErrorRecord record = DedupErrorRecords.From(e);
        if (MyInvocation.BoundParameters.TryGetValue("ErrorAction", out object? action) && action is ActionPreference.Stop)
            WriteError(record);
        ThrowTerminatingError(record);
    }

    /// <summary>A PowerShell path (PSDrives, relative to the current location) as the file system knows it.</summary>
    private protected string FileSystemPath(string path)
    {
        if (string.IsNullOrEmpty(path))
            return path;
        string full = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
        return provider.ImplementingType == typeof(FileSystemProvider) ? full : throw NoFilePath(path);
    }

    /// <summary>The error for a path of another provider.</summary>
    private protected abstract DedupException NoFilePath(string path);
}
