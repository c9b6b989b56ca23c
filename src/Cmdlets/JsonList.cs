using System;
using System.Collections;
using System.Globalization;
using System.IO;
using System.Text;
using System.Text.Json;

namespace ProcessDedup.Cmdlets;

/// <summary>A list of values as JSON, for json_each: SQLite's way to a list of any length in one parameter.</summary>
internal static class JsonList
{
    /// <summary>The text; the list itself if it has what JSON has not, so that it is refused by its type.</summary>
    public static object Of(IList list, Func<object?, object?> unwrapped)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartArray();
            foreach (object? item in list)
            {
                if (!TryWrite(writer, unwrapped(item)))
                    return list;
            }

            writer.WriteEndArray();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static bool TryWrite(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null or DBNull:
                writer.WriteNullValue();
                return true;
            case string or char:
                writer.WriteStringValue(value.ToString());
                return true;
            case bool flag:
                // What it is as a value of its own.
                writer.WriteNumberValue(flag ? 1 : 0);
                return true;
            case sbyte or byte or short or ushort or int or uint or long:
                writer.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                return true;
            case double number when double.IsFinite(number):
                // Seventeen digits and a point: "1" would come back as an integer.
                string digits = number.ToString("R", CultureInfo.InvariantCulture);
                writer.WriteRawValue(digits.AsSpan().ContainsAny(".E") ? digits : digits + ".0");
                return true;
            case Guid id:
                writer.WriteStringValue(id.ToString().ToUpperInvariant());
                return true;
            case Uri or Version:
                writer.WriteStringValue(value.ToString());
                return true;
            default:
                return false;
        }
    }
}
