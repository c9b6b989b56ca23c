using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ProcessDedup.Messages;
using ProcessDedup.Sqlite;

namespace ProcessDedup.Cli;

/// <summary>How rows are printed.</summary>
internal enum RowFormat
{
    /// <summary>Aligned, for people.</summary>
    Table,

    /// <summary>For cut, awk and sort.</summary>
    TabSeparated,

    /// <summary>An array of objects.</summary>
    Json,
}

/// <summary>The rows of statements on standard output. Without rows there are no columns to name: nothing, or an empty array.</summary>
internal static class SqliteRows
{
    private const int LongestCell = 200;

    public static void Write(IReadOnlyList<IReadOnlyList<SqliteRow>> statements, RowFormat format)
    {
        if (format == RowFormat.Json)
        {
            WriteJson(statements);
            return;
        }

        foreach (IReadOnlyList<SqliteRow> rows in statements.Where(rows => rows.Count > 0))
        {
            if (format == RowFormat.Table)
                WriteTable(rows);
            else
                WriteLines(rows);
        }
    }

    private static void WriteTable(IReadOnlyList<SqliteRow> rows)
    {
        var table = new TextTable([.. rows[0].Names.Select(Cell)]);
        foreach (SqliteRow row in rows)
            table.Add([.. row.Select(Cell)]);
        table.Write(Console.Out);
    }

    /// <summary>Safe for a terminal: a database may hold what others have written.</summary>
    private static string Cell(object? value)
    {
        string text = value switch
        {
            null => string.Empty,
            byte[] bytes => Message.Of(Key.ReasonBlobOfBytes, bytes.Length),
            _ => Text(value),
        };
        var clean = new StringBuilder(Math.Min(text.Length, LongestCell));
        foreach (char letter in text)
        {
            if (clean.Length == LongestCell)
                return clean.Append('…').ToString();
            clean.Append(char.IsControl(letter) ? ' ' : letter);
        }

        return clean.ToString();
    }

    private static void WriteLines(IReadOnlyList<SqliteRow> rows)
    {
        TextWriter output = Console.Out;
        output.Write(string.Join('\t', rows[0].Names.Select(Escaped)) + "\n");
        foreach (SqliteRow row in rows)
        {
            output.Write(string.Join('\t', row.Select(value => value switch
            {
                null => @"\N",
                byte[] bytes => Convert.ToBase64String(bytes),
                string text => Escaped(text),
                _ => Text(value),
            })) + "\n");
        }
    }

    private static string Escaped(string text) => text
        .Replace(@"\", @"\\", StringComparison.Ordinal)
        .Replace("\t", @"\t", StringComparison.Ordinal)
        .Replace("\n", @"\n", StringComparison.Ordinal)
        .Replace("\r", @"\r", StringComparison.Ordinal);

    private static void WriteJson(IReadOnlyList<IReadOnlyList<SqliteRow>> statements)
    {
        var buffer = new ArrayBufferWriter<byte>();
        // People read it as well; what is printed goes into no web page.
        using var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        writer.WriteStartArray();
        foreach (IReadOnlyList<SqliteRow> rows in statements)
            WriteObjects(writer, rows);
        writer.WriteEndArray();
        writer.Flush();
        using Stream output = Console.OpenStandardOutput();
        output.Write(buffer.WrittenSpan);
        output.Write("\n"u8);
    }

    private static void WriteObjects(Utf8JsonWriter writer, IReadOnlyList<SqliteRow> rows)
    {
        IReadOnlyList<string> names = rows.Count == 0 ? [] : SqliteColumns.Distinct(rows[0].Names);
        foreach (SqliteRow row in rows)
        {
            writer.WriteStartObject();
            for (int i = 0; i < names.Count; i++)
            {
                writer.WritePropertyName(names[i]);
                WriteValue(writer, row[i]);
            }

            writer.WriteEndObject();
        }
    }

    private static void WriteValue(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case long number:
                writer.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                writer.WriteNumberValue(number);
                break;
            case byte[] bytes:
                writer.WriteBase64StringValue(bytes);
                break;
            default:
                writer.WriteStringValue(Text(value));
                break;
        }
    }

    private static string Text(object value) => value is string text ? text : Convert.ToString(value, CultureInfo.InvariantCulture)!;
}
