using System.Collections.Generic;
using System.IO;
using ProcessDedup.Fetch;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>Gives a copy of a tree the extended attributes that were kept of it. The restore has asked for them.</summary>
/// <param name="manifest">What is in the tree.</param>
/// <param name="attributes">What was kept.</param>
/// <param name="place">What the copy is called in errors.</param>
internal sealed class AttributesGiven(TreeManifest manifest, TreeAttributes attributes, string place)
{
    private const uint ReadOnlyFile = 0x124;    // 0444
    private const uint ReadOnlyProgram = 0x16d; // 0555

    /// <summary>Does this item get any?</summary>
    public bool IsFor(int number) => attributes.ExtendedOf(number).Count > 0;

    /// <summary>All but access lists, once the content is there: what is written later loses its capabilities.</summary>
    /// <param name="directory">The copy.</param>
    /// <param name="mode">What copies are to their originals. What gets attributes is a file of its own, which is not written to either.</param>
    /// <exception cref="FetchException"><see cref="FetchError.DestinationInvalid"/>: the system does not take one.</exception>
    public void Give(string directory, CopyMode mode)
    {
        Give(directory, areLists: false);
        for (int i = 0; i < manifest.Items.Count && mode == CopyMode.HardLink && !OperatingSystemKind.IsWindows; i++)
        {
            if (IsFor(i) && manifest.Items[i] is { Kind: TreeItemKind.File } file)
                Publishing.SetMode(Path.Combine(directory, file.Path), file.IsExecutable ? ReadOnlyProgram : ReadOnlyFile);
        }
    }

    /// <summary>Access lists, once the modes are there, which change them.</summary>
    /// <exception cref="FetchException"><see cref="FetchError.DestinationInvalid"/>: the system does not take one.</exception>
    public void GiveAccessLists(string directory) => Give(directory, areLists: true);

    /// <summary>To a tree that is there already.</summary>
    /// <exception cref="FetchException"><see cref="FetchError.DestinationInvalid"/>: the system does not take one.</exception>
    public void GiveAll(string directory)
    {
        Give(directory, areLists: false);
        Give(directory, areLists: true);
    }

    /// <summary>Those of one file.</summary>
    /// <exception cref="FetchException"><see cref="FetchError.DestinationInvalid"/>: the system does not take one.</exception>
    public static void Give(string file, IReadOnlyList<ExtendedAttribute>? attributes, bool areLists, string place)
    {
        foreach (ExtendedAttribute attribute in attributes ?? [])
        {
            if (ExtendedAttributes.IsKept(attribute.Name) && ExtendedAttributes.IsAccessList(attribute.Name) == areLists)
                Give(file, Path.GetFileName(place), attribute, place);
        }
    }

    private void Give(string directory, bool areLists)
    {
        // What is in a directory comes first: its own list may shut it.
        for (int i = manifest.Items.Count - 1; i >= -1; i--)
        {
            if (i >= 0 && (manifest.Items[i].Kind == TreeItemKind.Link || attributes.FirstOf(i) is not null))
                continue;
            string path = i < 0 ? directory : Path.Combine(directory, manifest.Items[i].Path);
            foreach (ExtendedAttribute attribute in attributes.ExtendedOf(i))
            {
                if (ExtendedAttributes.IsKept(attribute.Name) && ExtendedAttributes.IsAccessList(attribute.Name) == areLists)
                    Give(path, i < 0 ? "." : manifest.Items[i].Path, attribute, place);
            }
        }
    }

    private static void Give(string path, string item, ExtendedAttribute attribute, string place)
    {
        try
        {
            ExtendedAttributes.Set(path, attribute);
        }
        catch (PlatformException e)
        {
            throw FetchFailures.DestinationDropsAttribute(place, attribute.Name, item, FetchFailures.CauseOf(e));
        }
    }
}
