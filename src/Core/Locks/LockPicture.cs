using System;
using System.Collections.Generic;
using System.Linq;
using ProcessDedup.Messages;

namespace ProcessDedup.Locks;

/// <summary>Locks as a table of plain text: a line for each holder, as wide as the terminal or as its longest texts.</summary>
public static class LockPicture
{
    private const int Gap = 2;
    internal const int For = 2;
    private const int Name = 0, Waiting = 3, Holder = 4, Doing = 5;

    // Below this a column says nothing any more; a window as narrow as that breaks the lines.
    private const int LeastWidth = 6;

    private static readonly string[] Header = ["NAME", "STATE", "FOR", "WAITING", "HOLDER", "DOING"];

    /// <summary>The lines of the table.</summary>
    /// <param name="all">The locks, in this order.</param>
    /// <param name="width">How many cells a line may take; null for as many as it needs.</param>
    public static IReadOnlyList<string> Lines(IReadOnlyList<LockStatus> all, int? width = null)
    {
        ArgumentNullException.ThrowIfNull(all);
        if (all.Count == 0)
            return [Message.Of(Key.ReasonNoLocks)];
        List<string[]> rows = [Header, .. LockText.Rows(all)];
        int[] widths = Header.Select((_, column) => rows.Max(row => CellText.Width(row[column]))).ToArray();
        if (width is { } limit)
            Fit(widths, limit);
        return rows.Select(row => Line(row, widths)).ToList();
    }

    private static string Line(string[] row, int[] widths) => string.Join(
        new string(' ', Gap),
        row.Select((cell, c) => CellText.Pad(Shorten(cell, c, widths[c]), widths[c], toRight: c is For or Waiting))).TrimEnd();

    private static string Shorten(string cell, int column, int cells) =>
        column == Holder ? LockText.ShortenHolder(cell, cells) : CellText.Shorten(cell, cells);

    // What is done may be cut first, then names that are long, then the program that does it, which has its PID behind it.
    private static void Fit(int[] widths, int limit)
    {
        int surplus = widths.Sum() + Gap * (widths.Length - 1) - limit;
        foreach ((int column, int least) in new[] { (Doing, 24), (Name, 24), (Doing, 12), (Holder, 17), (Name, 12), (Doing, LeastWidth), (Name, LeastWidth), (Holder, LeastWidth) })
        {
            int cut = Math.Min(surplus, widths[column] - least);
            if (cut <= 0)
                continue;
            widths[column] -= cut;
            surplus -= cut;
        }
    }
}
