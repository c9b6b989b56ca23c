using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch.Archives;

/// <summary>The symbolic links of an archive. They are made last, once nothing is written any more that they could lead astray.</summary>
/// <param name="archive">What it is called in errors.</param>
/// <param name="directory">Where it is unpacked.</param>
/// <param name="options">May they lead out of it?</param>
/// <param name="comparer">How a system finds them that does not tell case apart, where two such names are refused.</param>
internal sealed class ExtractedLinks(string archive, string directory, UnpackOptions options, StringComparer comparer)
{
    private readonly Dictionary<string, string> _targets = new(comparer);

    /// <summary>What the link with this path says.</summary>
    public string this[string path] => _targets[path];

    public void Add(string path, string target) => _targets.Add(path, target);

    /// <summary>Something else takes its place.</summary>
    public void Remove(string path) => _targets.Remove(path);

    /// <exception cref="FetchException"><see cref="FetchError.ArchiveUnsafe"/>: one leads out of the directory, or in a circle.</exception>
    public void Make(CancellationToken cancellation)
    {
        Check(path => _targets.TryGetValue(path, out string? target) ? target : null, cancellation);
        foreach (KeyValuePair<string, string> link in _targets)
            SymbolicLinks.Create(Path.Combine(directory, link.Key), link.Value);
        // And as this file system sees them, which may take two spellings of one letter for one (macOS).
        Check(path => SymbolicLinks.TryRead(Path.Combine(directory, path)), cancellation);
    }

    private void Check(Func<string, string?> targetOf, CancellationToken cancellation)
    {
        foreach (KeyValuePair<string, string> link in _targets)
        {
            cancellation.ThrowIfCancellationRequested();
            if (TreeLinks.ReasonAgainst(link.Key, link.Value, targetOf, out bool isOutward) is not { } reason || (isOutward && options.AllowOutwardLinks))
                continue;
            throw isOutward ? FetchFailures.LinkLeadsOut(archive, link.Key, reason) : FetchFailures.ArchiveUnsafe(archive, link.Key, reason);
        }
    }
}
