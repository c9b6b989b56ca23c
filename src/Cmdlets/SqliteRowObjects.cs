using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using ProcessDedup.Sqlite;

namespace ProcessDedup.Cmdlets;

/// <summary>Rows as objects with a property for each column.</summary>
internal static class SqliteRowObjects
{
    public static PSObject[] From(IReadOnlyList<SqliteRow> rows) => OneByOne(rows).ToArray();

    /// <summary>Each when it is asked for: an object takes several times the memory of its row.</summary>
    public static IEnumerable<PSObject> OneByOne(IReadOnlyList<SqliteRow> rows)
    {
        IReadOnlyList<string> names = rows.Count == 0 ? [] : SqliteColumns.Distinct(rows[0].Names);
        foreach (SqliteRow values in rows)
        {
            var row = new PSObject();
            for (int c = 0; c < names.Count; c++)
                row.Properties.Add(new PSNoteProperty(names[c], values[c]), preValidated: true);
            yield return row;
        }
    }
}
