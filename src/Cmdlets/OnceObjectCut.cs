using System.Collections;
using System.Collections.Generic;
using System.Management.Automation;

namespace ProcessDedup.Cmdlets;

/// <summary>
/// The first part of a block's output that came back as mere text, because it lay below -Depth. Data is looked through: lists,
/// dictionaries, custom objects and those of the script's own classes. The properties of any other object, such as a process, are
/// cut as Export-Clixml cuts them.
/// </summary>
/// <param name="Place">Which part, as it would be typed: <c>[0].Servers[2]</c>.</param>
/// <param name="Type">Its type.</param>
internal sealed record OnceObjectCut(string Place, string Type)
{
    /// <param name="before">What the block gave.</param>
    /// <param name="after">What the others will get.</param>
    public static OnceObjectCut? Find(IReadOnlyList<object?> before, IReadOnlyList<object?> after) =>
        Find(before, after, string.Empty, new HashSet<object>(ReferenceEqualityComparer.Instance));

    private static OnceObjectCut? Find(object? before, object? after, string place, HashSet<object> seen)
    {
        object? source = Base(before);
        if (source is null or string || !seen.Add(source))
            return null;
        object? copy = Base(after);
        if (copy is string)
            return IsKeptAsText(source) ? null : new OnceObjectCut(place, source is PSCustomObject ? nameof(PSCustomObject) : source.GetType().Name);
        foreach ((string name, object? part, object? partAfter) in Parts(before!, source, after, copy))
        {
            if (Find(part, partAfter, place + name, seen) is { } cut)
                return cut;
        }

        return null;
    }

    private static object? Base(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    // A character, a culture, a script block: however deep.
    private static bool IsKeptAsText(object value) => Base(PSSerializer.Deserialize(PSSerializer.Serialize(value, 1))) is string;

    private static IEnumerable<(string Name, object? Before, object? After)> Parts(object before, object source, object? after, object? copy)
    {
        switch (source, copy)
        {
            case (IDictionary dictionary, IDictionary copied):
                foreach (DictionaryEntry entry in dictionary)
                    yield return ($".{entry.Key}", entry.Value, copied[Base(entry.Key)!]);
                break;
            case (byte[], _):
                break;
            case (IList list, IList copied):
                for (int i = 0; i < list.Count && i < copied.Count; i++)
                    yield return ($"[{i}]", list[i], copied[i]);
                break;
            case (_, _) when source is PSCustomObject || source.GetType().Assembly.IsDynamic:
                foreach (PSPropertyInfo property in PSObject.AsPSObject(before).Properties)
                {
                    if (property is PSNoteProperty or PSProperty)
                        yield return ("." + property.Name, property.Value, (after as PSObject)?.Properties[property.Name]?.Value);
                }

                break;
        }
    }
}
