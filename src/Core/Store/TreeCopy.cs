using System;
using System.IO;
using System.Linq;
using System.Threading;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>Fills a new directory with what a tree of the store holds.</summary>
internal static class TreeCopy
{
    private const uint OpenDirectory = 0x1ed;   // 0755

    /// <summary>Makes all of the copy but times, modes and access lists. It is not synced.</summary>
    public static void Items(
        string tree, TreeManifest manifest, string temporary, CopyMode mode, TreeAttributes? attributes, AttributesGiven? given,
        CopyProof? proof, CancellationToken cancellation)
    {
        FileSystem.CreateDirectory(temporary, FileSystem.PrivateDirectory);
        for (int number = 0; number < manifest.Items.Count; number++)
        {
            TreeItem item = manifest.Items[number];
            cancellation.ThrowIfCancellationRequested();
            string to = Path.Combine(temporary, item.Path);
            // What is to have a mode of its own is nobody else's until it has it.
            bool isPrivate = item.Mode is not null;
            // Two directories whose names differ in case, where case does not count.
            if (item.Kind == TreeItemKind.Directory && Directory.Exists(to))
                proof?.Add(null);
            if (item.Kind == TreeItemKind.Directory && isPrivate)
                FileSystem.CreatePrivateDirectory(to);
            else if (item.Kind == TreeItemKind.Directory)
                Directory.CreateDirectory(to);
            else if (item.Kind == TreeItemKind.File)
            {
                string from = Path.Combine(tree, item.Path);
                TreeItem? first = attributes?.FirstOf(number) is { } other ? manifest.Items[other] : null;
                CopiedFile? copied = IsLinked(temporary, to, first) ? AsLinked(from, item, first!)
                    : FileCopy.MakeStored(from, to, item.IsExecutable, ModeOf(given, number, mode), isSynced: false, isPrivate, cancellation);
                proof?.Add(copied);
            }
        }

        foreach (TreeItem link in manifest.Items.Where(item => item.Kind == TreeItemKind.Link))
            SymbolicLinks.Create(Path.Combine(temporary, link.Path), link.LinkTarget!);
        given?.Give(temporary, mode);
        // Not the user's copy with the mode of a private one: what the umask leaves of 0755 is known from a new directory.
        if (!OperatingSystemKind.IsWindows)
            Publishing.SetMode(temporary, ModeOfNewDirectory(temporary));
    }

    // The other name's file was copied; this one's own in the store counts, too.
    private static CopiedFile? AsLinked(string from, TreeItem item, TreeItem first) =>
        first.Sha256 == item.Sha256 && FileSystem.TryGetFacts(from, out FileFacts facts) ? new CopiedFile(facts, facts) : null;

    private static CopyMode ModeOf(AttributesGiven? given, int number, CopyMode mode) => given?.IsFor(number) == true ? CopyMode.Copy : mode;

    private static bool IsLinked(string temporary, string to, TreeItem? first)
    {
        try
        {
            return first is not null && Publishing.TryLink(Path.Combine(temporary, first.Path), to);
        }
        catch (PlatformException e) when (e.Fault is not (PlatformFault.NoSpace or PlatformFault.ReadOnly))
        {
            // A file system without hard links.
            return false;
        }
    }

    private static uint ModeOfNewDirectory(string beside)
    {
        string probe = Path.Combine(beside, $".{Guid.NewGuid():N}");
        Directory.CreateDirectory(probe);
        uint mode = FileSystem.TryGetFacts(probe, out FileFacts facts) ? (uint)facts.Permissions & OpenDirectory : OpenDirectory;
        Directory.Delete(probe);
        return mode;
    }
}
