using System.Collections.Generic;

namespace ProcessDedup.Store;

/// <summary>
/// Paths by the bytes of their UTF-8, which is the order of code points. Ordinal comparison of strings differs beyond
/// U+FFFF: surrogates sort before U+E000.
/// </summary>
internal sealed class TreeOrder : IComparer<string>
{
    public static readonly TreeOrder Instance = new();

    public int Compare(string? x, string? y)
    {
        if (x is null || y is null)
            return (x is null ? 0 : 1) - (y is null ? 0 : 1);
        int length = x.Length < y.Length ? x.Length : y.Length;
        for (int i = 0; i < length; i++)
        {
            if (x[i] != y[i])
                return Rank(x[i]) - Rank(y[i]);
        }

        return x.Length - y.Length;
    }

    private static int Rank(char c) => char.IsSurrogate(c) ? c + 0x10000 : c;
}
