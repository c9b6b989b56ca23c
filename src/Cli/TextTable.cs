using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace ProcessDedup.Cli;

/// <summary>Columns aligned for reading; the last one is not padded.</summary>
internal sealed class TextTable
{
    private const string Gap = "  ";

    private readonly List<string[]> _rows = [];

    public TextTable(params string[] header) => _rows.Add(header);

    public void Add(params string[] cells) => _rows.Add(cells);

    public void Write(TextWriter writer)
    {
        int columns = _rows[0].Length;
        int[] widths = Enumerable.Range(0, columns).Select(c => _rows.Max(r => r[c].Length)).ToArray();
        foreach (string[] row in _rows)
        {
            IEnumerable<string> cells = row.Select((cell, c) => c == columns - 1 ? cell : cell.PadRight(widths[c]));
            writer.WriteLine(string.Join(Gap, cells).TrimEnd());
        }
    }
}
