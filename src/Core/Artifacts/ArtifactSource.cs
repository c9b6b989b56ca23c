using System;
using System.IO;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Artifacts;

/// <summary>What is to be saved.</summary>
/// <param name="Path">Where it is: one spelling, whatever links led to its directory.</param>
/// <param name="FileName">Its name, if it is a file; null for a directory.</param>
internal sealed record ArtifactSource(string Path, string? FileName)
{
    /// <summary>Finds it, before any lock is taken.</summary>
    /// <exception cref="FetchException"><see cref="FetchError.ArtifactSourceInvalid"/></exception>
    public static ArtifactSource Find(string source, StoreLayout store)
    {
        if (string.IsNullOrWhiteSpace(source) || source.Contains('\0'))
            throw FetchFailures.ArtifactSourceInvalid(source ?? string.Empty, Message.Of(Key.ReasonNoPath));
        string named = System.IO.Path.GetFullPath(source);
        string name = System.IO.Path.GetFileName(named);
        bool isFile = File.Exists(named);
        if (!isFile && !Directory.Exists(named))
            throw FetchFailures.ArtifactSourceInvalid(source, Message.Of(Key.ReasonDoesNotExistOrMayNot));
        string real = System.IO.Path.Combine(RealPath.Of(System.IO.Path.GetDirectoryName(named) ?? named), name);
        // It would be copied into itself until a path is too long or the disk is full.
        if (!isFile && IsIn(RealPath.Of(store.Directory), RealPath.Of(real)))
            throw FetchFailures.ArtifactSourceInvalid(source, Message.Of(Key.ReasonStoreThatItWouldBeSaved, store.Directory));
        return new ArtifactSource(real, isFile ? name : null);
    }

    private static bool IsIn(string path, string directory)
    {
        string separator = System.IO.Path.DirectorySeparatorChar.ToString();
        string prefix = directory.EndsWith(separator, StringComparison.Ordinal) ? directory : directory + separator;
        return (path + separator).StartsWith(prefix, OperatingSystemKind.IsLinux ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase);
    }
}
