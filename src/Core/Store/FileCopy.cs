using System;
using System.IO;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>One file of the store under a new name.</summary>
internal static class FileCopy
{
    private const int BufferSize = 1 << 20;
    private const int AnyWriteBit = 0x92; // 0222

    // From these the umask takes bits away, as from the files of any other program.
    private const uint PlainFile = 0x1a4;   // 0644
    private const uint ProgramFile = 0x1ed; // 0755

    private const uint PrivateProgram = 0x1c0; // 0700

    private const uint ReadOnlyFile = 0x124;    // 0444
    private const uint ReadOnlyProgram = 0x16d; // 0555

    /// <summary>Makes <paramref name="to"/>, which must be free.</summary>
    /// <param name="from">A file of the store.</param>
    /// <param name="to">The new name.</param>
    /// <param name="isExecutable">Whether the copy may be run.</param>
    /// <param name="mode">What the copy is to its original.</param>
    /// <param name="isSynced">Whether its content is on the disk when this returns.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="isPrivate">Whether a copy is its owner's alone, until it gets another mode.</param>
    /// <returns>What the original was like; null: it was changed meanwhile, or that cannot be known.</returns>
    /// <exception cref="PlatformException">Something may be there then; the caller removes it.</exception>
    public static CopiedFile? Make(
        string from, string to, bool isExecutable, CopyMode mode, bool isSynced, CancellationToken cancellation, bool isPrivate = false)
    {
        cancellation.ThrowIfCancellationRequested();
        if (mode == CopyMode.HardLink && TryLink(from, to, isExecutable, out FileFacts before))
        {
            return FileSystem.TryGetFacts(to, out FileFacts after) && ChangeTimes.IsOnlyLinked(before, after)
                ? new CopiedFile(before, after)
                : null;
        }

        FileFacts? original = null;
        if (OperatingSystemKind.IsWindows)
            CopyOnWindows(from, to, isSynced, cancellation);
        else
            original = FileClone.CopyToNew(from, to, ModeOfNew(isExecutable, isPrivate), isSynced, cancellation);
        if (mode == CopyMode.HardLink)
            Publishing.SetMode(to, isExecutable ? ReadOnlyProgram : ReadOnlyFile);
        return original is { } same ? new CopiedFile(same, same) : null;
    }

    /// <summary>The same of a file that ought to be there.</summary>
    /// <exception cref="FetchException"><see cref="FetchError.StoreUnsafe"/>: it is not, or is something else.</exception>
    public static CopiedFile? MakeStored(
        string from, string to, bool isExecutable, CopyMode mode, bool isSynced, bool isPrivate, CancellationToken cancellation)
    {
        try
        {
            return Make(from, to, isExecutable, mode, isSynced, cancellation, isPrivate);
        }
        // Another process may have put it aside: no fault of the destination.
        catch (PlatformException e) when (e.Path == from && e.Fault is PlatformFault.Missing
            or PlatformFault.ParentMissing or PlatformFault.NotRegular or PlatformFault.IsLink or PlatformFault.IsDirectory)
        {
            throw FetchFailures.StoreDamaged(Path.GetDirectoryName(from)!, $"'{Path.GetFileName(from)}'");
        }
    }

    // What the store has is one file for all that restore it: it gets no attributes.

    private static uint ModeOfNew(bool isExecutable, bool isPrivate) =>
        isPrivate ? (isExecutable ? PrivateProgram : FileSystem.PrivateFile) : isExecutable ? ProgramFile : PlainFile;

    // One mode belongs to all names of a file: linked is only what has the right one, and what nobody can write to.
    private static bool TryLink(string from, string to, bool isExecutable, out FileFacts facts)
    {
        if (!FileSystem.TryGetFacts(from, out facts) || facts.Type != FileType.Regular)
            return false;
        if (!OperatingSystemKind.IsWindows
            && ((facts.Permissions & AnyWriteBit) != 0 || (facts.Permissions & 0x40) != 0 != isExecutable))
        {
            return false;
        }

        try
        {
            return Publishing.TryLink(from, to);
        }
        catch (PlatformException e) when (e.Fault is not (PlatformFault.NoSpace or PlatformFault.ReadOnly))
        {
            // Another volume, too many names already, or a file system without hard links.
            return false;
        }
    }

    private static void CopyOnWindows(string from, string to, bool isSynced, CancellationToken cancellation)
    {
        try
        {
            using var source = SourceFile.OpenStream(from);
            using var target = new FileStream(to, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1);
            byte[] buffer = new byte[BufferSize];
            while (source.Read(buffer, 0, buffer.Length) is int read and > 0)
            {
                cancellation.ThrowIfCancellationRequested();
                target.Write(buffer, 0, read);
            }

            target.Flush(flushToDisk: isSynced);
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            throw ManagedFailures.Translate("copy", to, e);
        }
    }
}
