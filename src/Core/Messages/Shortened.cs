using System;

namespace ProcessDedup.Messages;

/// <summary>Cuts texts that come from outside, so that one of them cannot fill a message or a record.</summary>
internal static class Shortened
{
    /// <summary>The text, or its beginning and an ellipsis; never more than <paramref name="most"/> characters.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="most">Longest result in UTF-16 code units, at least 1.</param>
    public static string To(string text, int most)
    {
        if (text.Length <= most)
            return text;
        int end = most - 1;
        // Half a surrogate pair is no character, and no UTF-8 either.
        if (end > 0 && char.IsHighSurrogate(text[end - 1]))
            end--;
        return string.Concat(text.AsSpan(0, end), "…");
    }
}
