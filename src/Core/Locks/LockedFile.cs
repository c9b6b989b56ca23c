using System.Globalization;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>A lock file in the record of a wait.</summary>
/// <param name="Path">Its path, as the one who waits sees it.</param>
/// <param name="Id">Which file that is, whatever containers call it; null if it cannot be told.</param>
internal readonly record struct LockedFile(string Path, string? Id)
{
    public static LockedFile Of(string path) => new(
        path,
        FileSystem.TryGetFacts(path, out FileFacts facts)
            ? string.Format(CultureInfo.InvariantCulture, "{0:x}:{1}", facts.Identity.Device, facts.Identity.Inode)
            : null);

    /// <summary>The same lock, perhaps by another path?</summary>
    public bool IsSameAs(LockedFile other) => Id is not null && other.Id is not null ? Id == other.Id : Path == other.Path;
}
