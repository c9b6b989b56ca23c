using System;
using System.Globalization;
using System.Resources;

namespace ProcessDedup.Messages;

/// <summary>
/// The texts of Messages.resx. <c>Key</c> is made from that file when Core is built, so that a text which is not there
/// fails the build; a test compares the numbers of placeholders and arguments.
/// </summary>
internal static class Message
{
    private static readonly ResourceManager Texts = new("ProcessDedup.Messages", typeof(Message).Assembly);

    /// <summary>The text, with the values in the places of {0}, {1} and so on.</summary>
    public static string Of(string key, params object?[] values)
    {
        string text = Template(key);
        if (values.Length == 0)
            return text;
        try
        {
            return string.Format(CultureInfo.InvariantCulture, text, values);
        }
        catch (FormatException)
        {
            // The error that is told of counts for more than a slip in its text.
            return text + " (" + string.Join(", ", values) + ")";
        }
    }

    /// <summary>The same, made when it is read.</summary>
    public static LateMessage Late(string key, params object?[] values) => new(key, values);

    /// <summary>The text as the file has it.</summary>
    // The invariant culture, as any other has the runtime look for assemblies of translations first.
    internal static string Template(string key) => Texts.GetString(key, CultureInfo.InvariantCulture) ?? key;
}
