using System;
using System.IO;
using System.Text;
using ProcessDedup.Fetch.Files;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>
/// Immutable files by their SHA-256. A blob is complete and on the disk before it has its name, and is never written
/// again: its users may have it mapped (nccl #2367).
/// </summary>
internal sealed class BlobStore(StoreLayout layout, BlobLeases leases)
{
    private const uint ReadOnlyFile = 0x124; // 0444
    private const int LongestName = 150;

    /// <summary>
    /// Publishes a complete file under its digest and takes a lease on it. Whoever comes second with the same content
    /// finds that it is there: that is success.
    /// </summary>
    /// <param name="file">On the same file system; gone afterwards.</param>
    /// <param name="digest">Its SHA-256, as measured.</param>
    /// <param name="size">Its length in bytes.</param>
    /// <param name="owner">Who uses it from now on; null if nobody does.</param>
    /// <param name="reached">Is told before and after the step that makes it visible.</param>
    /// <exception cref="PlatformException">Nothing is visible then.</exception>
    public void Publish(string file, string digest, long size, ProcessIdentity? owner, Action<StoreStep>? reached)
    {
        Publishing.SetMode(file, ReadOnlyFile);
        Publishing.Sync(file);
        reached?.Invoke(StoreStep.Synced);
        // Before it is visible: a prune that runs right now must not take it for an orphan.
        if (owner is { } user)
            leases.Take(user, digest);
        reached?.Invoke(StoreStep.Leased);
        string blob = layout.BlobFile(digest);
        if (IsThere(blob, size) && IsSound(blob, digest))
        {
            TreeRemoval.TryDelete(file);
        }
        else
        {
            FileSystem.CreatePrivateDirectory(Path.GetDirectoryName(blob)!);
            Publishing.Rename(file, blob);
        }

        reached?.Invoke(StoreStep.Published);
    }

    /// <summary>
    /// Is the blob that is there what its name says? A disk may have lost bits since; then good content has just come,
    /// and the other names of the bad one must not be found any more.
    /// </summary>
    private bool IsSound(string blob, string digest)
    {
        try
        {
            if (FileHashing.Of(blob, [ContentHash.Sha256], default)[0].Hex == digest)
                return true;
        }
        catch (Exception e) when (e is PlatformException || ManagedFailures.IsAboutFiles(e))
        {
            // Pruned in between, or unreadable just now: what has come takes its place, and nothing is said against it.
            return false;
        }

        Quarantine.Put(layout, blob, Message.Of(Key.ReasonHasAnotherContentByNow, digest));
        TreeRemoval.TryDelete(layout.NamesOf(digest));
        return false;
    }

    /// <summary>
    /// Is the blob there, with the content that its name says? For those who know nothing else of it, not even its size; what
    /// is damaged is put aside.
    /// </summary>
    /// <returns>Its size; null: it is not there, or was not what it should be.</returns>
    public long? SizeOfSound(string digest) => SizeOf(digest) is { } size && IsSound(layout.BlobFile(digest), digest) ? size : null;

    /// <summary>Is the blob there, with that size?</summary>
    public bool Has(string digest, long size) => IsThere(layout.BlobFile(digest), size);

    /// <summary>Is the blob there? Its size then.</summary>
    public long? SizeOf(string digest) =>
        FileSystem.TryGetFacts(layout.BlobFile(digest), out FileFacts facts) && facts.Type == FileType.Regular ? facts.Size : null;

    /// <summary>
    /// The path of a blob for its users: under the name that it came with, as many programs go by the extension, or
    /// under its digest where that name cannot be had. Null if the blob is not there.
    /// </summary>
    public string? Find(string digest, long size, string? name) => Find(digest, size, name, mayName: true);

    /// <summary>The same for those who only look: no name is made.</summary>
    public string? Peek(string digest, long size, string? name) => Find(digest, size, name, mayName: false);

    private string? Find(string digest, long size, string? name, bool mayName)
    {
        string blob = layout.BlobFile(digest);
        if (!IsThere(blob, size, out FileFacts facts))
            return null;
        if (!IsFitName(name))
            return blob;
        string named = Path.Combine(layout.NamesOf(digest), name!);
        // A name may lead to the file that was there before a damaged blob was replaced.
        return IsSame(named, facts) || (mayName && TryName(blob, named, facts)) ? named : blob;
    }

    private static bool IsSame(string named, in FileFacts blob) =>
        FileSystem.TryGetFacts(named, out FileFacts facts) && facts.Type == FileType.Regular && facts.Identity.Equals(blob.Identity);

    private static bool TryName(string blob, string named, in FileFacts facts)
    {
        string folder = Path.GetDirectoryName(named)!;
        string mine = Path.Combine(folder, $".{Guid.NewGuid():N}.tmp");
        try
        {
            FileSystem.CreatePrivateDirectory(folder);
            if (!Publishing.TryLink(blob, named) && !IsSame(named, facts) && Publishing.TryLink(blob, mine))
                Publishing.RenameOnly(mine, named);
            return IsSame(named, facts);
        }
        catch (PlatformException)
        {
            // No hard links there, or the blob is gone: the digest is name enough, or the next look tells.
            return false;
        }
        finally
        {
            // rename(2) does nothing where both are names of one file already: another process was faster.
            FileSystem.TryDelete(mine);
        }
    }

    private static bool IsThere(string path, long size) => IsThere(path, size, out _);

    private static bool IsThere(string path, long size, out FileFacts facts) =>
        FileSystem.TryGetFacts(path, out facts) && facts.Type == FileType.Regular && facts.Size == size;

    /// <summary>Can it be a file's name on every system, and is it nobody's trick?</summary>
    private static bool IsFitName(string? name)
    {
        if (string.IsNullOrEmpty(name) || name![0] is '.' or '-' or ' ' || name[name.Length - 1] is '.' or ' '
            || Encoding.UTF8.GetByteCount(name) > LongestName)
        {
            return false;
        }

        foreach (char c in name)
        {
            if (char.IsControl(c) || char.IsSurrogate(c) || c is '/' or '\\' or ':' or '*' or '?' or '"' or '<' or '>' or '|')
                return false;
        }

        return !IsDeviceName(name);
    }

    // Naming Files, Paths, and Namespaces (learn.microsoft.com): reserved with any extension.
    private static bool IsDeviceName(string name)
    {
        int dot = name.IndexOf('.');
        string stem = (dot < 0 ? name : name.Substring(0, dot)).ToUpperInvariant();
        return stem is "CON" or "PRN" or "AUX" or "NUL"
            || (stem.Length == 4 && stem[3] is >= '0' and <= '9' && (stem.StartsWith("COM", StringComparison.Ordinal) || stem.StartsWith("LPT", StringComparison.Ordinal)));
    }
}
