using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace ProcessDedup.Bench.Report;

/// <summary>Writes rows as aligned tables that are Markdown as well.</summary>
internal static class Table
{
    public static void Write(IEnumerable<Row> rows, TextWriter output)
    {
        foreach (IGrouping<string, Row> group in rows.GroupBy(row => string.Join('|', row.Columns)))
        {
            IReadOnlyList<string> columns = group.First().Columns;
            var lines = new List<string[]> { (string[])["measure", "ours", .. columns, "ratio", "target", "met?"] };
            lines.AddRange(group.Select(row => (string[])
            [
                row.Measure, row.Ours, .. columns.Select(c => row.Peers.GetValueOrDefault(c, "-")), row.Ratio, row.Target,
                row.IsMet switch { true => "yes", false => "NO", null => "" },
            ]));
            WriteAligned(lines, output);
            output.WriteLine();
        }
    }

    private static void WriteAligned(List<string[]> lines, TextWriter output)
    {
        int[] widths = Enumerable.Range(0, lines[0].Length).Select(i => lines.Max(line => line[i].Length)).ToArray();
        for (int i = 0; i < lines.Count; i++)
        {
            string[] cells = lines[i];
            output.WriteLine("| " + string.Join(" | ", cells.Select((cell, c) => c == 0 ? cell.PadRight(widths[c]) : cell.PadLeft(widths[c]))) + " |");
            if (i == 0)
                output.WriteLine("|" + string.Join("|", widths.Select((width, c) => new string('-', width + 1) + (c == 0 ? "-" : ":"))) + "|");
        }
    }
}
