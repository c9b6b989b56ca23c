using System;
using System.Globalization;
using System.Text;
using ProcessDedup.Messages;
using SQLitePCL;

namespace ProcessDedup.Sqlite;

/// <summary>
/// Between .NET's values and the five storage classes of SQLite. What has no class of its own is stored as text that
/// reads back to the same value: dates in ISO 8601 with offset, decimals digit by digit.
/// </summary>
internal static class SqliteValue
{
    // What it cannot tell is an error: replaced by a question mark, two different keys would become the same one.
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Binds by type.</summary>
    /// <returns>The result code.</returns>
    /// <exception cref="SqliteException"><see cref="SqliteError.SqliteParameterInvalid"/></exception>
    public static int Bind(sqlite3_stmt statement, int index, string? name, object? value)
    {
        switch (value)
        {
            case null or DBNull:
                return raw.sqlite3_bind_null(statement, index);
            case byte[] bytes:
                return raw.sqlite3_bind_blob(statement, index, bytes);
            case double or float:
                double number = Convert.ToDouble(value, CultureInfo.InvariantCulture);
                return double.IsNaN(number)
                    ? throw SqliteFailures.ParameterInvalid(name ?? Number(index), Message.Of(Key.ReasonSqliteKeepsNoNanItWould))
                    : raw.sqlite3_bind_double(statement, index, number);
            case Enum choice when choice.GetTypeCode() == TypeCode.UInt64:
                return Bind(statement, index, name, Convert.ToUInt64(value, CultureInfo.InvariantCulture));
            case ulong and > long.MaxValue:
                throw SqliteFailures.ParameterInvalid(name ?? Number(index), Message.Of(Key.ReasonLargerThanLargestInteger));
            case bool or sbyte or byte or short or ushort or int or uint or long or ulong or Enum:
                return raw.sqlite3_bind_int64(statement, index, Convert.ToInt64(value, CultureInfo.InvariantCulture));
            default:
                return BindText(statement, index, name, AsText(value)
                    ?? throw SqliteFailures.ParameterInvalid(name ?? Number(index),
                        Message.Of(Key.ReasonValuesOfTypeCannotBeStored, value.GetType().FullName)));
        }
    }

    /// <summary>How a parameter without a name is called.</summary>
    public static string Number(int index) => Message.Of(Key.ReasonNumber, index);

    /// <summary>Reads a column of the current row: long, double, string, byte[] or null.</summary>
    public static object? Read(sqlite3_stmt statement, int column)
    {
        switch (raw.sqlite3_column_type(statement, column))
        {
            case raw.SQLITE_INTEGER:
                return raw.sqlite3_column_int64(statement, column);
            case raw.SQLITE_FLOAT:
                return raw.sqlite3_column_double(statement, column);
            case raw.SQLITE_TEXT:
                return raw.sqlite3_column_text(statement, column).utf8_to_string() ?? string.Empty;
            case raw.SQLITE_BLOB:
                return raw.sqlite3_column_blob(statement, column).ToArray();
            default:
                return null;
        }
    }

    /// <summary>What may be told of a value: its type and length, never itself.</summary>
    public static string Shape(object? value) => value switch
    {
        null or DBNull => "null",
        string text => Message.Of(Key.ReasonTextOf, text.Length),
        byte[] bytes => Message.Of(Key.ReasonBlobValue, bytes.Length),
        double or float => "real",
        bool or sbyte or byte or short or ushort or int or uint or long or ulong or Enum => "integer",
        _ => value.GetType().Name,
    };

    private static string? AsText(object value) => value switch
    {
        string text => text,
        char letter => letter.ToString(),
        // REAL would lose digits.
        decimal number => number.ToString(CultureInfo.InvariantCulture),
        DateTime moment => moment.ToString("O", CultureInfo.InvariantCulture),
        DateTimeOffset moment => moment.ToString("O", CultureInfo.InvariantCulture),
        TimeSpan span => span.ToString("c", CultureInfo.InvariantCulture),
        Guid id => id.ToString("D"),
        Uri address => address.OriginalString,
        Version version => version.ToString(),
        DateOnly day => day.ToString("O", CultureInfo.InvariantCulture),
        TimeOnly time => time.ToString("O", CultureInfo.InvariantCulture),
        _ => null,
    };

    private static int BindText(sqlite3_stmt statement, int index, string? name, string text)
    {
        if (text.Length == 0)
            return raw.sqlite3_bind_text(statement, index, utf8z.FromString(text));
        byte[] bytes;
        try
        {
            bytes = Utf8.GetBytes(text);
        }
        catch (EncoderFallbackException)
        {
            throw SqliteFailures.ParameterInvalid(name ?? Number(index), Message.Of(Key.ReasonHasOneHalfOfPairOf));
        }

        return raw.sqlite3_bind_text(statement, index, (ReadOnlySpan<byte>)bytes);
    }
}
