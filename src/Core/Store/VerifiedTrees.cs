using System;
using System.IO;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>
/// Which trees were read to the last byte in this boot, so that a copy need not be read again as long as nobody has touched
/// their files. A record only saves work: one that is missing, torn or old means that the tree is read.
/// </summary>
internal sealed class VerifiedTrees(StoreLayout layout)
{
    private const int LongestFile = 1000;
    private const int WritableByOthers = 0x12; // 0022

    private readonly Lazy<bool> _isPossible = new(() => LocalFileSystems.NoteEveryChange(layout.Directory));

    /// <summary>Can a record be relied on in this store at all?</summary>
    public bool IsPossible => _isPossible.Value;

    /// <summary>What is known of the tree, in this boot and by the clock as it is; null: it has to be read.</summary>
    public VerificationRecord? Find(string digest)
    {
        string path = layout.VerifiedFile(digest);
        return IsPossible && FileSystem.TryReadSmall(path, LongestFile) is { } content && IsTrusted(path)
            && VerificationRecord.TryParse(content, digest) is { IsCurrent: true } record
                ? record
                : null;
    }

    // Written by nobody who could not change the tree as well: the store is its owner's alone.
    private bool IsTrusted(string path) => FileSystem.TryGetFacts(path, out FileFacts file)
        && FileSystem.TryGetFacts(layout.Directory, out FileFacts store)
        && file.OwnerId == store.OwnerId
        && file.Links == 1
        && (file.Permissions & WritableByOthers) == 0;

    /// <summary>Notes that the tree was read and is sound, and what its files were like then.</summary>
    /// <param name="digest">The tree.</param>
    /// <param name="record">Begun before the tree was read.</param>
    public void Note(string digest, VerificationRecord record)
    {
        if (!IsPossible || !record.IsCurrent)
            return;
        try
        {
            string path = layout.VerifiedFile(digest);
            FileSystem.CreatePrivateDirectory(Path.GetDirectoryName(path)!);
            // Not durable: after a power failure it is of another boot.
            FileSystem.WriteAtomically(path, record.Render(digest), FileSystem.PrivateFile);
        }
        catch (PlatformException)
        {
            // A full or read-only disk: the tree is read again next time.
        }
    }
}
