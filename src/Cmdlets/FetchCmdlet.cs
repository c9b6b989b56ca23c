using System;
using System.Collections.Generic;
using System.Linq;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;

namespace ProcessDedup.Cmdlets;

/// <summary>What every cmdlet about the cache has: the cache, and work that takes time while the pipeline shows it.</summary>
public abstract class FetchCmdlet : DedupCmdlet
{
    private FetchCrew? _crew;

    private protected FetchCache Cache() => OrThrow(() => FetchCache.Open(LockRoot.Default()));

    /// <summary>
    /// What -InputPath names, as Core reads it: a PSDrive, ~ and a provider's path are resolved here; wildcards stay, and what is
    /// relative is so to the location of the runspace.
    /// </summary>
    private protected List<string> InputPatterns(string[] paths) => paths.Select(path =>
        // There it would be a relative path with odd characters, which names nothing.
        path.StartsWith(@"\\", StringComparison.Ordinal) && !OperatingSystem.IsWindows() ? throw NoFilePath(path)
        : path is "~" || path.StartsWith("~/", StringComparison.Ordinal) || path.StartsWith(@"~\", StringComparison.Ordinal)
            || SessionState.Path.IsProviderQualified(path) || SessionState.Path.IsPSAbsolute(path, out _) ? FileSystemPath(path)
        : path).ToList();

    private protected override DedupException NoFilePath(string path) => FetchFailures.NoFilePath(path);

    /// <summary>Threads that work for this cmdlet, and end with it.</summary>
    private protected FetchCrew NewCrew(int most) => _crew = new FetchCrew(most, StopToken);

    /// <summary>Has one thing done by a thread of its own, while the pipeline's thread shows how far it is.</summary>
    /// <param name="doing">"Fetching"</param>
    /// <param name="name">What is at work on.</param>
    /// <param name="activity">How far it is.</param>
    /// <param name="run">The work; the crew brings back to the pipeline what only that may do.</param>
    private protected FetchWork RunAlone(string doing, string name, FetchActivity activity, Func<FetchCrew, object> run)
    {
        FetchCrew crew = NewCrew(1);
        using var display = new FetchDisplay(this, doing);
        var work = new FetchWork(name, activity, () => run(crew));
        crew.Add(work);
        crew.Finish(display, () => crew.TryTakeFinished(out _));
        _crew = null;
        crew.Dispose();
        display.Tell(activity);
        return work;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _crew is not null)
        {
            // Whoever is still at work (Select-Object -First 1 ends a pipeline like this) is told to end.
            StopProcessing();
            _crew.Dispose();
            _crew = null;
        }

        base.Dispose(disposing);
    }
}
