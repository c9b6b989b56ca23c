using ProcessDedup.Fetch;
using ProcessDedup.Locks;

namespace ProcessDedup.Cmdlets;

/// <summary>What every cmdlet about the cache has: the cache.</summary>
public abstract class FetchCmdlet : DedupCmdlet
{
    private protected FetchCache Cache() => OrThrow(() => FetchCache.Open(LockRoot.Default()));

    private protected override DedupException NoFilePath(string path) => new FetchException(
        FetchError.DestinationInvalid, path, $"'{path}' is not a path of the file system.", "Give the path of a file or directory.");
}
