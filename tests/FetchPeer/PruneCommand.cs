using System.Globalization;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Store;

namespace ProcessDedup.FetchPeer;

/// <summary>prune: READY; removes everything that may be removed, again and again until the input ends; then PRUNED.</summary>
internal static class PruneCommand
{
    public static void Run(string[] words)
    {
        var options = new PeerOptions(words);
        FetchCache cache = options.Open();
        Speech.BeReady();
        int removed = 0, inUse = 0, rounds = 0;
        using var ended = new ManualResetEventSlim();
        new Thread(() =>
        {
            Speech.Hear();
            ended.Set();
        })
        { IsBackground = true }.Start();
        for (; !ended.IsSet; rounds++)
        {
            try
            {
                using CachePrune prune = cache.BeginPrune();
                prune.Reached = options.Reached;
                foreach (CachedItem item in cache.List())
                {
                    PruneOutcome outcome = prune.Remove(item);
                    removed += outcome == PruneOutcome.Removed ? 1 : 0;
                    inUse += outcome == PruneOutcome.InUse ? 1 : 0;
                }

                prune.Sweep();
            }
            catch (LockException e) when (e.Error == LockError.LockBusy)
            {
                // Another one is at it.
                Thread.Yield();
            }
        }

        Speech.Say(string.Create(CultureInfo.InvariantCulture, $"PRUNED removed={removed} inuse={inUse} rounds={rounds}"));
    }
}
