using System;
using System.IO;
using System.Text;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>Content that is not what it should be is put aside, with a note why, instead of being deleted or used.</summary>
internal static class Quarantine
{
    public const string NoteSuffix = ".txt";

    /// <summary>Moves a file or directory there; says where it is then.</summary>
    public static string Put(StoreLayout layout, string path, string note)
    {
        string kept = Path.Combine(layout.Quarantine, Guid.NewGuid().ToString("N"));
        try
        {
            FileSystem.CreatePrivateDirectory(layout.Quarantine);
            FileSystem.WriteAtomically(
                kept + NoteSuffix, Encoding.UTF8.GetBytes(RedactedCommandLine.Sanitize(note).Trim() + "\n"), FileSystem.PrivateFile);
            Publishing.RenameOnly(path, kept);
            return kept;
        }
        catch (PlatformException)
        {
            // No room even for that: it must be gone all the same.
            TreeRemoval.TryDelete(path);
            return kept;
        }
    }
}
