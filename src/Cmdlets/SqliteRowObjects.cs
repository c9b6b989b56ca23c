using System.Collections.Generic;
using System.Management.Automation;
using ProcessDedup.Sqlite;

namespace ProcessDedup.Cmdlets;

/// <summary>Rows as objects with a property for each column.</summary>
internal static class SqliteRowObjects
{
    public static PSObject[] From(IReadOnlyList<SqliteRow> rows)
    {
        var objects = new PSObject[rows.Count];
        IReadOnlyList<string> names = rows.Count == 0 ? [] : SqliteColumns.Distinct(rows[0].Names);
        for (int r = 0; r < objects.Length; r++)
        {
            var row = new PSObject();
            for (int c = 0; c < names.Count; c++)
                row.Properties.Add(new PSNoteProperty(names[c], rows[r][c]), preValidated: true);
            objects[r] = row;
        }

        return objects;
    }
}
