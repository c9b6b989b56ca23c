using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;

namespace ProcessDedup.Cmdlets;

/// <summary>
/// Gives objects that came back from CLIXML the types that a script compares by: enums, dates with an offset, files and
/// directories. CLIXML leaves numbers and bags of properties of them.
/// </summary>
internal sealed class OnceObjects
{
    private const string Prefix = "Deserialized.";

    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);

    public object? Revive(object? item)
    {
        if (item is not PSObject wrapped)
        {
            ReviveParts(item);
            return item;
        }

        string type = wrapped.TypeNames.FirstOrDefault() ?? string.Empty;
        if (type.StartsWith(Prefix, StringComparison.Ordinal) && Known(wrapped, type[Prefix.Length..]) is { } known)
            return known;
        if (_seen.Add(wrapped))
        {
            ReviveParts(wrapped.BaseObject);
            foreach (PSPropertyInfo property in wrapped.Properties)
            {
                if (property is PSNoteProperty note && Revive(note.Value) is { } value && !ReferenceEquals(value, note.Value))
                    note.Value = value;
            }
        }

        return item;
    }

    private static object? Known(PSObject item, string type)
    {
        if (item.TypeNames.Contains(Prefix + "System.Enum"))
        {
            // A type that this process has not loaded: its name is what a script compares, too.
            return AppDomain.CurrentDomain.GetAssemblies().Select(a => a.GetType(type, throwOnError: false)).FirstOrDefault(t => t is { IsEnum: true })
                is { } found ? Enum.ToObject(found, item.BaseObject) : item.ToString();
        }

        return type switch
        {
            "System.DateTimeOffset" when item.Properties["UtcTicks"]?.Value is long ticks && item.Properties["Offset"]?.Value is TimeSpan offset =>
                new DateTimeOffset(ticks, TimeSpan.Zero).ToOffset(offset),
            "System.IO.FileInfo" when item.Properties["FullName"]?.Value is string file => new FileInfo(file),
            "System.IO.DirectoryInfo" when item.Properties["FullName"]?.Value is string directory => new DirectoryInfo(directory),
            _ => null,
        };
    }

    private void ReviveParts(object? item)
    {
        if (item is null or string || !_seen.Add(item))
            return;
        switch (item)
        {
            case IDictionary { IsReadOnly: false } dictionary:
                foreach (object key in dictionary.Keys.Cast<object>().ToList())
                    dictionary[key] = Revive(dictionary[key]);
                break;
            case IList { IsReadOnly: false } list:
                for (int i = 0; i < list.Count; i++)
                    list[i] = Revive(list[i]);
                break;
        }
    }
}
