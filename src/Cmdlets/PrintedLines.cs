using System;
using System.Collections.Generic;
using ProcessDedup.Platform;

namespace ProcessDedup.Cmdlets;

/// <summary>The last lines that a block and its programs have printed, for the error that tells of them.</summary>
internal sealed class PrintedLines
{
    private const int MostLines = 20;
    private const int LongestLine = 500;

    private readonly Queue<string> _lines = new();

    public IReadOnlyCollection<string> Lines => _lines;

    public void Add(object? item)
    {
        string line = item?.ToString()?.Trim() ?? string.Empty;
        if (line.Length == 0)
            return;
        _lines.Enqueue(line.Length <= LongestLine ? line : string.Concat(line.AsSpan(0, LongestLine - 1), "…"));
        if (_lines.Count > MostLines)
            _lines.Dequeue();
    }

    /// <summary>In one line, without what looks like a secret; empty if nothing was printed.</summary>
    public override string ToString() => RedactedCommandLine.OfOutput(string.Join(" | ", _lines));
}
