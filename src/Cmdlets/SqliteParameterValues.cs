using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Internal;
using ProcessDedup.Sqlite;

namespace ProcessDedup.Cmdlets;

/// <summary>Values as scripts give them: a hashtable or a row by name, an array in order, anything else is the only value.</summary>
internal static class SqliteParameterValues
{
    public static SqliteParameters From(object? given)
    {
        // A row of Import-Csv, or of a query: its properties by name, of which the statement takes those that it names.
        if (given is PSObject { BaseObject: PSCustomObject } row)
            return SqliteParameters.Of(row.Properties.Select(property => new KeyValuePair<string, object?>(property.Name, Value(property.Value))));
        switch (Unwrapped(given))
        {
            case null:
                return SqliteParameters.None;
            case IDictionary named:
                var pairs = new List<KeyValuePair<string, object?>>(named.Count);
                foreach (DictionaryEntry entry in named)
                    pairs.Add(new KeyValuePair<string, object?>(entry.Key.ToString() ?? string.Empty, Value(entry.Value)));
                return SqliteParameters.Named(pairs);
            case IList ordered and not byte[]:
                object?[] values = new object?[ordered.Count];
                for (int i = 0; i < values.Length; i++)
                    values[i] = Value(ordered[i]);
                return SqliteParameters.Ordered(values);
            case { } single:
                return SqliteParameters.Ordered(single);
        }
    }

    // A list is one value as JSON: WHERE id IN (SELECT value FROM json_each(@ids)).
    private static object? Value(object? value) => Unwrapped(value) is IList list and not byte[] ? JsonList.Of(list, Unwrapped) : Unwrapped(value);

    private static object? Unwrapped(object? value) => value switch
    {
        // What a command without output gives, as in @{ a = (Get-Nothing) }.
        _ when ReferenceEquals(value, AutomationNull.Value) => null,
        PSObject wrapped => Unwrapped(wrapped.BaseObject),
        SwitchParameter given => given.IsPresent,
        _ => value,
    };
}
