using ProcessDedup.Fetch;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Flight;

/// <summary>
/// A leader's failure, for those who were waiting when it happened: they fail with it at once instead of each trying
/// again. Whoever asks later tries for himself.
/// </summary>
internal sealed class SharedFailures(StoreLayout layout)
{
    private const int LongestRecord = 64 * 1024;

    /// <summary>Tells those who wait. What cannot be written is not told; they try for themselves then.</summary>
    public void Tell(string key, string scope, FetchException failure)
    {
        try
        {
            FileSystem.CreatePrivateDirectory(layout.Failures);
            FileSystem.WriteAtomically(layout.FailureFile(key), FailureJson.Write(scope, failure), FileSystem.PrivateFile);
        }
        catch (PlatformException)
        {
        }
    }

    /// <summary>The failure of a leader for whom this caller waited; null if there is none.</summary>
    public FetchException? Find(string key, string scope, MachineMoment asked) =>
        FileSystem.TryReadSmall(layout.FailureFile(key), LongestRecord) is { } content
            ? FailureJson.TryRead(content, scope, asked)
            : null;

    /// <summary>It went well this time.</summary>
    public void Forget(string key)
    {
        if (FileSystem.TryGetFacts(layout.FailureFile(key), out _))
            FileSystem.TryDelete(layout.FailureFile(key));
    }
}
