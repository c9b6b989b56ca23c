using System.Collections.Generic;
using System.Text.Json;
using ProcessDedup.Sqlite;

namespace ProcessDedup.Cli;

/// <summary>Values of <c>--param</c>: NAME=TEXT, or NAME:=JSON for what is no text.</summary>
internal static class SqliteArguments
{
    /// <exception cref="SqliteException">A value is none.</exception>
    public static SqliteParameters Parse(IReadOnlyList<string> given)
    {
        var values = new List<KeyValuePair<string, object?>>(given.Count);
        foreach (string argument in given)
        {
            int equals = argument.IndexOf('=', System.StringComparison.Ordinal);
            bool isJson = equals > 0 && argument[equals - 1] == ':';
            string name = equals < 0 ? argument : argument[..(isJson ? equals - 1 : equals)];
            if (equals < 0 || name.Length == 0)
                throw SqliteFailures.ParameterNameless(name);

            string text = argument[(equals + 1)..];
            values.Add(new KeyValuePair<string, object?>(name, isJson ? FromJson(name, text) : text));
        }

        return values.Count == 0 ? SqliteParameters.None : SqliteParameters.Named(values);
    }

    private static object? FromJson(string name, string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement value = document.RootElement;
            switch (value.ValueKind)
            {
                case JsonValueKind.Null:
                    return null;
                case JsonValueKind.True or JsonValueKind.False:
                    return value.GetBoolean();
                case JsonValueKind.String:
                    return value.GetString();
                case JsonValueKind.Number when value.TryGetInt64(out long whole):
                    return whole;
                case JsonValueKind.Number when value.TryGetDouble(out double number) && double.IsFinite(number):
                    return number;
            }
        }
        catch (JsonException)
        {
            // The same advice as for a list or an object.
        }

        throw SqliteFailures.ParameterNoJson(name);
    }
}
