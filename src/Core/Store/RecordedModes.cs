using ProcessDedup.Fetch;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>Gives a copy the modes that the manifest of its original has recorded, once its content is there.</summary>
internal static class RecordedModes
{
    /// <summary>All of a tree. Nobody but its owner may have seen into what gets a mode here.</summary>
    /// <param name="directory">The copy.</param>
    /// <param name="manifest">What is in it.</param>
    /// <param name="mode">Files that are hard links have the mode of all their names.</param>
    /// <param name="isVerified">Is it looked at whether the file system keeps them?</param>
    /// <param name="place">What the copy is called in errors.</param>
    /// <exception cref="FetchException"><see cref="FetchError.DestinationInvalid"/>: it does not keep them.</exception>
    /// <exception cref="PlatformException">They cannot be set.</exception>
    public static void Give(string directory, TreeManifest manifest, CopyMode mode, bool isVerified, string place)
    {
        // What is in a directory comes after it, and cannot be reached any more if its owner may not enter.
        for (int i = manifest.Items.Count - 1; i >= 0; i--)
        {
            TreeItem item = manifest.Items[i];
            if (item.Mode is not { } recorded || (item.Kind == TreeItemKind.File && mode == CopyMode.HardLink))
                continue;
            Give(System.IO.Path.Combine(directory, item.Path), recorded, isVerified, place);
        }
    }

    /// <summary>One file or directory.</summary>
    /// <exception cref="FetchException"><see cref="FetchError.DestinationInvalid"/>: its file system does not keep it.</exception>
    /// <exception cref="PlatformException">It cannot be set.</exception>
    public static void Give(string path, int recorded, bool isVerified, string place)
    {
        if (OperatingSystemKind.IsWindows)
            return;
        // A directory may have got setgid from the one around it, which says to whom belongs what is made in there.
        int given = FileSystem.TryGetFacts(path, out FileFacts made) ? made.Permissions & ~TreeMode.Bits : 0;
        Publishing.SetMode(path, (uint)(given | recorded));
        if (isVerified && FileSystem.TryGetFacts(path, out FileFacts facts) && (facts.Permissions & TreeMode.Bits) != recorded)
        {
            throw FetchFailures.DestinationDropsModes(place, TreeMode.Render(recorded), System.IO.Path.GetFileName(path));
        }
    }
}
