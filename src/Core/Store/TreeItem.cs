namespace ProcessDedup.Store;

/// <summary>What an item of a tree is.</summary>
internal enum TreeItemKind
{
    File,
    Directory,
    Link,
}

/// <summary>One item of a tree.</summary>
/// <param name="Path">From the tree, with '/'.</param>
/// <param name="Kind">File, directory or link.</param>
/// <param name="IsExecutable">Its owner may run it. Always false on Windows, which has no such bit.</param>
/// <param name="Size">Length of a file in bytes; else 0.</param>
/// <param name="Sha256">Hash of a file's content in hexadecimal digits; else null.</param>
/// <param name="LinkTarget">What a link says; else null.</param>
/// <param name="Mode">Permission bits, at most 0777; null: the usual ones, or those of a tree that does not keep them.</param>
internal sealed record TreeItem(
    string Path, TreeItemKind Kind, bool IsExecutable, long Size, string? Sha256, string? LinkTarget, int? Mode = null)
{
    /// <summary>The permission bits, usual or not.</summary>
    public int FullMode => Mode ?? TreeMode.Usual(Kind, IsExecutable);

    /// <summary>The same with these permission bits, as far as they count. Links have none of their own.</summary>
    public TreeItem WithMode(int permissions)
    {
        if (Kind == TreeItemKind.Link)
            return this;
        int mode = permissions & TreeMode.Bits;
        bool isExecutable = Kind == TreeItemKind.File && TreeMode.IsExecutable(mode);
        return this with { IsExecutable = isExecutable, Mode = mode == TreeMode.Usual(Kind, isExecutable) ? null : mode };
    }
}

/// <summary>In what a directory differs from its manifest.</summary>
internal enum TreeDifferenceKind
{
    Missing,
    Changed,
    Added,
}

/// <summary>One item that is not as its manifest says.</summary>
internal sealed record TreeDifference(string Path, TreeDifferenceKind Kind);
