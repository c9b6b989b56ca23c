using System;
using System.IO;
using ProcessDedup.Fetch;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>The place that a user has chosen for a copy.</summary>
internal static class CopyPlace
{
    /// <summary>The full path of a place, without a separator at its end.</summary>
    /// <exception cref="FetchException"><see cref="FetchError.DestinationInvalid"/>: it is no path, or a root.</exception>
    public static string Of(string destination)
    {
        if (string.IsNullOrWhiteSpace(destination) || destination.Contains('\0'))
            throw FetchFailures.DestinationNoPath(destination);
        string place = Path.GetFullPath(destination);
        string trimmed = place.TrimEnd(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar);
        return trimmed.Length > 0 && Path.GetDirectoryName(trimmed) is not null
            ? trimmed
            : throw FetchFailures.DestinationIsRoot(destination);
    }

    /// <summary>
    /// Where a file goes that a user wants somewhere: into a directory that is there, as with "cp" and Invoke-WebRequest, or
    /// that is to be made, as what ends in a separator is a directory; else to the place itself.
    /// </summary>
    /// <param name="destination">As the user wrote it.</param>
    /// <param name="name">The file's own name.</param>
    /// <exception cref="FetchException">The directory cannot be made.</exception>
    public static string ForFile(string destination, string name)
    {
        if (Directory.Exists(destination))
            return Path.Combine(destination, name);
        if (!Path.EndsInDirectorySeparator(destination))
            return destination;
        string directory = Of(destination);
        try
        {
            string parent = Path.GetDirectoryName(directory)!;
            if (!Directory.Exists(parent))
                throw FetchFailures.DestinationParentMissing(directory, parent);
            if (FileSystem.TryGetFacts(directory, out FileFacts there) && there.Type != FileType.Directory)
                throw FetchFailures.DestinationTaken(directory, isDirectory: false, null);
            Directory.CreateDirectory(directory);
            return Path.Combine(directory, name);
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            throw FetchFailures.DestinationFailed(directory, ManagedFailures.Translate("mkdir", directory, e));
        }
    }
}
