using System;
using System.Collections.Generic;
using System.Globalization;

namespace ProcessDedup.Sqlite;

/// <summary>Names of columns where each may occur once: in objects.</summary>
public static class SqliteColumns
{
    /// <summary>
    /// Makes names different: of two columns "id" the second one is "id_2". A column without a name gets its number,
    /// "Column3". Letters' case does not make a difference.
    /// </summary>
    public static IReadOnlyList<string> Distinct(IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        // A name that was given stays with its column even if an earlier one would be renamed to it.
        var taken = new HashSet<string>(names, StringComparer.OrdinalIgnoreCase);
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        string[] distinct = new string[names.Count];
        for (int i = 0; i < names.Count; i++)
        {
            string name = names[i];
            if (name.Length > 0 && seen.Add(name))
            {
                distinct[i] = name;
                continue;
            }

            int number = name.Length == 0 ? i + 1 : 2;
            string stem = name.Length == 0 ? "Column" : name + "_";
            while (!taken.Add(stem + number.ToString(CultureInfo.InvariantCulture)))
                number++;
            distinct[i] = stem + number.ToString(CultureInfo.InvariantCulture);
        }

        return distinct;
    }
}
