using System;

namespace ProcessDedup.Store;

/// <summary>
/// A wildcard pattern over a whole text: <c>*</c> is any number of characters, <c>?</c> is one; upper and lower case are
/// the same.
/// </summary>
/// <remarks>By hand, as a regular expression with several stars can take for ever on a long address.</remarks>
public static class SourcePattern
{
    /// <summary>Does the whole text match?</summary>
    public static bool IsMatch(string pattern, string text)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(text);
        int p = 0, t = 0, afterStar = -1, retry = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                afterStar = ++p;
                retry = t;
            }
            else if (p < pattern.Length && (pattern[p] == '?' || char.ToUpperInvariant(pattern[p]) == char.ToUpperInvariant(text[t])))
            {
                p++;
                t++;
            }
            else if (afterStar >= 0)
            {
                // Only the last star takes more: what the earlier ones took can stay as it is.
                p = afterStar;
                t = ++retry;
            }
            else
            {
                return false;
            }
        }

        while (p < pattern.Length && pattern[p] == '*')
            p++;
        return p == pattern.Length;
    }
}
