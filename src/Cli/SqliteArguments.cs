using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Sqlite;

namespace ProcessDedup.Cli;

/// <summary>Values of <c>--param</c>: NAME=TEXT, NAME:=JSON for what is no text, or NAME@=FILE for a BLOB.</summary>
internal static class SqliteArguments
{
    /// <exception cref="SqliteException">A value is none.</exception>
    public static SqliteParameters Parse(IReadOnlyList<string> given)
    {
        var values = new List<KeyValuePair<string, object?>>(given.Count);
        foreach (string argument in given)
        {
            int equals = argument.IndexOf('=', StringComparison.Ordinal);
            bool isJson = equals > 0 && argument[equals - 1] == ':';
            string name = equals < 0 ? argument : argument[..(isJson ? equals - 1 : equals)];
            if (equals < 0 || name.Length == 0)
                throw SqliteFailures.ParameterNameless(name);

            string text = argument[(equals + 1)..];
            if (!isJson && name.Length > 1 && name.EndsWith('@'))
                values.Add(new KeyValuePair<string, object?>(name[..^1], FromFile(name[..^1], text)));
            else
                values.Add(new KeyValuePair<string, object?>(name, isJson ? FromJson(name, text) : text));
        }

        return values.Count == 0 ? SqliteParameters.None : SqliteParameters.Named(values);
    }

    // As every file that this process reads, so that it drops no lock of a database.
    private static byte[] FromFile(string name, string path)
    {
        try
        {
            using FileStream stream = SourceFile.OpenStream(path);
            if (stream.Length > Array.MaxLength)
                throw SqliteFailures.ParameterInvalid(name, Message.Of(Key.ReasonFileTooLargeForBlob));
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw SqliteFailures.ParameterInvalid(name, e.Message);
        }
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
