using System;

namespace ProcessDedup.Store;

/// <summary>
/// The permission bits of an item of a tree. The usual ones, 0644 and 0755, are not recorded: trees that have no others
/// have the digests that they had before there were any.
/// </summary>
internal static class TreeMode
{
    /// <summary>0777. Setuid, setgid and sticky are nothing that whoever restores a tree should be given by it.</summary>
    public const int Bits = 0x1ff;

    private const int OwnerMayRun = 0x40;  // 0100
    private const int UsualFile = 0x1a4;   // 0644
    private const int UsualOthers = 0x1ed; // 0755

    public static bool IsExecutable(int permissions) => (permissions & OwnerMayRun) != 0;

    /// <summary>What an item has of which no mode is recorded.</summary>
    public static int Usual(TreeItemKind kind, bool isExecutable) =>
        kind == TreeItemKind.File && !isExecutable ? UsualFile : UsualOthers;

    /// <summary>Three octal digits.</summary>
    public static string Render(int mode) => Convert.ToString(mode, 8).PadLeft(3, '0');

    /// <summary>What <see cref="Render"/> has written; null: anything else.</summary>
    public static int? Parse(string digits)
    {
        int mode = 0;
        foreach (char c in digits)
        {
            if (c is < '0' or > '7')
                return null;
            mode = (mode << 3) | (c - '0');
        }

        return digits.Length == 3 ? mode : null;
    }
}
