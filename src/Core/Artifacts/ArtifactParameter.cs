using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;

namespace ProcessDedup.Artifacts;

/// <summary>
/// A parameter of a build as a text that is equal for equal values, on every machine and in every language.
/// </summary>
internal static class ArtifactParameter
{
    private const int DeepestNesting = 16;

    /// <exception cref="FetchException"><see cref="FetchError.ArtifactKeyInvalid"/>: it is something else.</exception>
    public static string Render(string key, object? value)
    {
        var text = new StringBuilder();
        Append(text, key, value, 0);
        return text.ToString();
    }

    private static void Append(StringBuilder text, string key, object? value, int depth)
    {
        if (depth > DeepestNesting)
            throw FetchFailures.ArtifactKeyInvalid(key, Message.Of(Key.ReasonParameterIsNestedTooDeeplyOr));
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case string s:
                Quote(text, s);
                break;
            case char c:
                Quote(text, c.ToString());
                break;
            case bool b:
                text.Append(b ? "true" : "false");
                break;
            // An enum is convertible as well, by its number; its name is what people mean.
            case Enum e:
                Quote(text, e.ToString());
                break;
            case DateTime d:
                Quote(text, d.ToString("o", CultureInfo.InvariantCulture));
                break;
            case DateTimeOffset d:
                Quote(text, d.ToString("o", CultureInfo.InvariantCulture));
                break;
            case double or float:
                text.Append(((IFormattable)value).ToString("R", CultureInfo.InvariantCulture));
                break;
            case sbyte or byte or short or ushort or int or uint or long or ulong or decimal:
                text.Append(((IFormattable)value).ToString(null, CultureInfo.InvariantCulture));
                break;
            case TimeSpan or Guid or Uri or Version:
                Quote(text, Convert.ToString(value, CultureInfo.InvariantCulture)!);
                break;
            case IDictionary dictionary:
                AppendSorted(text, key, dictionary, depth);
                break;
            case IEnumerable list:
                text.Append('[');
                foreach (object? item in list)
                {
                    Append(text, key, item, depth + 1);
                    text.Append(',');
                }

                text.Append(']');
                break;
            default:
                throw FetchFailures.ArtifactKeyInvalid(
                    key, Message.Of(Key.ReasonParameterIsOfWhichNobodyCan, value.GetType().Name));
        }
    }

    private static void AppendSorted(StringBuilder text, string key, IDictionary dictionary, int depth)
    {
        var sorted = new SortedDictionary<string, object?>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in dictionary)
            sorted[Render(key, entry.Key)] = entry.Value;
        text.Append('{');
        foreach (KeyValuePair<string, object?> entry in sorted)
        {
            text.Append(entry.Key).Append(':');
            Append(text, key, entry.Value, depth + 1);
            text.Append(',');
        }

        text.Append('}');
    }

    private static void Quote(StringBuilder text, string value) =>
        text.Append('"').Append(value.Replace("\\", "\\\\").Replace("\"", "\\\"")).Append('"');
}
