using System;

namespace ProcessDedup.Locks;

/// <summary>
/// Characters that people cannot see, or that turn the direction of those around them: two names that look alike would be two
/// locks.
/// </summary>
internal static class InvisibleCharacters
{
    // Unicode 14.0.0: Default_Ignorable_Code_Point, the format characters (Cf) and the separators of lines and paragraphs.
    // First and last of each run.
    private static readonly int[] Runs =
    [
        0x00AD, 0x00AD, 0x034F, 0x034F, 0x0600, 0x0605, 0x061C, 0x061C, 0x06DD, 0x06DD, 0x070F, 0x070F, 0x0890, 0x0891,
        0x08E2, 0x08E2, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180F, 0x200B, 0x200F, 0x2028, 0x202E, 0x2060, 0x206F,
        0x3164, 0x3164, 0xFE00, 0xFE0F, 0xFEFF, 0xFEFF, 0xFFA0, 0xFFA0, 0xFFF0, 0xFFFB, 0x110BD, 0x110BD,
        0x110CD, 0x110CD, 0x13430, 0x13438, 0x1BCA0, 0x1BCA3, 0x1D173, 0x1D17A, 0xE0000, 0xE0FFF,
    ];

    /// <summary>First and last of each run of them.</summary>
    public static ReadOnlySpan<int> All => Runs;

    public static bool Contains(int character)
    {
        int place = Array.BinarySearch(Runs, character);
        // In between: after a first one, and so before its last one.
        return place >= 0 || (~place & 1) == 1;
    }
}
