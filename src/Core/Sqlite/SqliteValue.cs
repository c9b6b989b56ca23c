using System;
using System.Globalization;
using System.Text;
using ProcessDedup.Messages;

namespace ProcessDedup.Sqlite;

/// <summary>
/// Which values may be stored. How they are is Microsoft.Data.Sqlite's affair, so that rows of this project and of others find
/// each other; what it would change without a word is an error here.
/// </summary>
/// <remarks>https://learn.microsoft.com/dotnet/standard/data/sqlite/types</remarks>
internal static class SqliteValue
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The value as the provider takes it.</summary>
    /// <exception cref="SqliteException"><see cref="SqliteError.SqliteParameterInvalid"/></exception>
    public static object ForProvider(string name, object? value) => value switch
    {
        null or DBNull => DBNull.Value,
        string text => Whole(name, text),
        char letter => Whole(name, letter.ToString()),
        double.NaN or float.NaN => throw SqliteFailures.ParameterInvalid(name, Message.Of(Key.ReasonSqliteKeepsNoNanItWould)),
        // The provider writes -1 for the largest one.
        ulong and > long.MaxValue => throw SqliteFailures.ParameterInvalid(name, Message.Of(Key.ReasonLargerThanLargestInteger)),
        Enum choice when choice.GetTypeCode() == TypeCode.UInt64 => ForProvider(name, Convert.ToUInt64(choice, CultureInfo.InvariantCulture)),
        bool or sbyte or byte or short or ushort or int or uint or long or ulong or Enum or double or float or decimal or byte[] => value,
        DateTime or DateTimeOffset or DateOnly or TimeOnly or TimeSpan or Guid => value,
        // Of these it has no notion.
        Uri address => Whole(name, address.OriginalString),
        Version version => version.ToString(),
        _ => throw SqliteFailures.ParameterInvalid(name, Message.Of(Key.ReasonValuesOfTypeCannotBeStored, value.GetType().FullName)),
    };

    /// <summary>How a parameter without a name is called.</summary>
    public static string Number(int index) => Message.Of(Key.ReasonNumber, index);

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

    // Replaced by a question mark, as the provider does it, two different keys would become the same one.
    private static string Whole(string name, string text)
    {
        try
        {
            _ = Utf8.GetByteCount(text);
            return text;
        }
        catch (EncoderFallbackException)
        {
            throw SqliteFailures.ParameterInvalid(name, Message.Of(Key.ReasonHasOneHalfOfPairOf));
        }
    }
}
