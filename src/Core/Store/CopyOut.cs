using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Fetch.Files;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>
/// Brings a blob or a tree to a place that the user has chosen. It is made beside that place and then renamed, so that
/// the place holds what it held, or the whole copy.
/// </summary>
internal static class CopyOut
{
    private const uint ReadOnlyFile = 0x124;    // 0444
    private const uint ReadOnlyProgram = 0x16d; // 0555

    /// <summary>Copies one file. A file or link that has the name is replaced, a link's target stays as it is.</summary>
    /// <exception cref="FetchException">The destination is as it was; nothing is left beside it.</exception>
    /// <param name="blob">The file in the store.</param>
    /// <param name="destination">The place.</param>
    /// <param name="isExecutable">Whether the copy may be run.</param>
    /// <param name="mode">What the copy is to its original.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="sha256">What the copy must be; null: it is not looked at again.</param>
    /// <param name="proof">May show that it is, without reading it; the blob is the only file of its tree.</param>
    /// <param name="size">What its length must be, in bytes; null: it is not looked at.</param>
    /// <param name="recorded">Permission bits of a copy that is no link; null: what the umask leaves of the usual ones.</param>
    /// <param name="extended">Extended attributes of the copy, which is no link then; null: none.</param>
    /// <param name="modified">Time of a copy that is no link, in nanoseconds since 1970-01-01 UTC; null: now.</param>
    public static void File(
        string blob, string destination, bool isExecutable, CopyMode mode, CancellationToken cancellation,
        string? sha256 = null, int? recorded = null, long? modified = null, long? size = null,
        IReadOnlyList<ExtendedAttribute>? extended = null, CopyProof? proof = null)
    {
        string place = CopyPlace.Of(destination);
        InPlace(place, temporary =>
        {
            if (FileSystem.TryGetFacts(place, out FileFacts facts) && facts.Type is FileType.Directory or FileType.Other)
            {
                throw FetchFailures.DestinationNoFile(place, facts.Type == FileType.Directory);
            }

            CopyMode copying = extended is { Count: > 0 } ? CopyMode.Copy : mode;
            proof?.Begin(copying);
            CopiedFile? copied = FileCopy.MakeStored(blob, temporary, isExecutable, copying, isSynced: true, isPrivate: recorded is not null, cancellation);
            proof?.Add(copied);
            if (size is { } length && FileSystem.TryGetFacts(temporary, out FileFacts made) && made.Size != length)
                throw FetchFailures.StoreDamaged(blob, Message.Of(Key.ReasonContent));
            if (sha256 is not null && proof?.Holds() != true && FileHashing.Of(temporary, [ContentHash.Sha256], cancellation)[0].Hex != sha256)
                throw FetchFailures.StoreDamaged(blob, Message.Of(Key.ReasonContent));
            AttributesGiven.Give(temporary, extended, areLists: false, place);
            if (recorded is { } bits && mode == CopyMode.Copy)
                RecordedModes.Give(temporary, bits, isVerified: sha256 is not null, place);
            else if (copying != mode && !OperatingSystemKind.IsWindows)
                Publishing.SetMode(temporary, isExecutable ? ReadOnlyProgram : ReadOnlyFile);
            AttributesGiven.Give(temporary, extended, areLists: true, place);
            if (modified is { } time && FileSystem.TryGetFacts(temporary, out FileFacts copy) && copy.Links == 1)
                FileTimes.TrySetModified(temporary, time);
            Publishing.Rename(temporary, place);
            // rename(2) does nothing if both are names of one file already.
            FileSystem.TryDelete(temporary);
        });
    }

    /// <summary>
    /// Copies a tree. The destination must be free, or an empty directory, or hold this very tree already (another
    /// process may have been faster).
    /// </summary>
    /// <exception cref="FetchException">The destination is as it was; nothing is left beside it.</exception>
    /// <param name="tree">The directory in the store.</param>
    /// <param name="manifest">What is in it.</param>
    /// <param name="destination">The place.</param>
    /// <param name="mode">What the copies are to their originals.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <param name="isVerified">Is the copy what the manifest says before it is put there?</param>
    /// <param name="proof">May show that it is, without reading it.</param>
    /// <param name="times">What the copy's items get, as far as they are no links; null: the time of the copy.</param>
    /// <param name="attributes">What are hard links of one file, and the extended attributes; null: none.</param>
    /// <param name="givesExtended">Does the copy get the extended attributes?</param>
    public static void Tree(
        string tree, TreeManifest manifest, string destination, CopyMode mode, CancellationToken cancellation, bool isVerified = false,
        TreeTimes? times = null, TreeAttributes? attributes = null, bool givesExtended = false, CopyProof? proof = null)
    {
        string place = CopyPlace.Of(destination);
        InPlace(place, temporary =>
        {
            if (IsTaken(place))
            {
                AcceptOrRefuse(place, manifest, mode, times, attributes, givesExtended, cancellation);
                return;
            }

            AttributesGiven? given = givesExtended && attributes is { CountOfExtended: > 0 } ? new AttributesGiven(manifest, attributes, place) : null;
            using var sync = new FileSystemSync(
                Path.GetDirectoryName(place)!, manifest.Items.Count, areReadable: given is null && !manifest.HasModes);
            proof?.Begin(mode);
            TreeCopy.Items(tree, manifest, temporary, mode, attributes, given, proof, cancellation);
            // Before the sync: after a power failure too, a copy must not be newer than its sources.
            times?.Give(temporary, manifest.Items, mode, attributes);
            sync.Each(manifest.PathsIn(temporary));
            if (isVerified && proof?.Holds() != true && manifest.FindDifferences(temporary, cancellation) is { Count: > 0 } differences)
                throw FetchFailures.StoreDamaged(tree, $"'{differences[0].Path}'");
            // Last: perhaps not even its owner may read it then.
            RecordedModes.Give(temporary, manifest, mode, isVerified, place);
            given?.GiveAccessLists(temporary);
            sync.All();
            try
            {
                if (OperatingSystemKind.IsWindows && Directory.Exists(place))
                    Directory.Delete(place);
                Publishing.Rename(temporary, place);
            }
            catch (Exception e) when ((e is PlatformException || ManagedFailures.IsAboutFiles(e)) && IsTaken(place))
            {
                AcceptOrRefuse(place, manifest, mode, times, attributes, givesExtended, cancellation);
            }
        });
    }

    private static void AcceptOrRefuse(
        string place, TreeManifest manifest, CopyMode mode, TreeTimes? times, TreeAttributes? attributes, bool givesExtended,
        CancellationToken cancellation)
    {
        bool isDirectory = FileSystem.TryGetFacts(place, out FileFacts facts) && facts.Type == FileType.Directory;
        FetchException? cause = null;
        try
        {
            if (isDirectory && manifest.FindDifferences(place, cancellation).Count == 0)
            {
                TryGiveTimes(place, manifest, mode, times, attributes);
                if (givesExtended && attributes is { CountOfExtended: > 0 } && mode == CopyMode.Copy)
                    new AttributesGiven(manifest, attributes, place).GiveAll(place);
                return;
            }
        }
        catch (FetchException e)
        {
            cause = e;
        }

        throw FetchFailures.DestinationTaken(place, isDirectory, cause);
    }

    // What is there may have been copied by a program that keeps no times.
    private static void TryGiveTimes(string place, TreeManifest manifest, CopyMode mode, TreeTimes? times, TreeAttributes? attributes)
    {
        try
        {
            if (mode == CopyMode.Copy && times is not null && TreeTimes.Measure(place, manifest.Items)?.Digest != times.Digest)
                times.Give(place, manifest.Items, CopyMode.HardLink, attributes);
        }
        catch (PlatformException)
        {
            // Somebody else's files: they are what was asked for, as they are.
        }
    }

    private static bool IsTaken(string place) => FileSystem.TryGetFacts(place, out FileFacts facts)
        && (facts.Type != FileType.Directory || Directory.EnumerateFileSystemEntries(place).Any());

    /// <summary>Runs the act with a name of its own beside the place; whatever it leaves there is removed.</summary>
    private static void InPlace(string place, Action<string> act)
    {
        string parent = Path.GetDirectoryName(place)!;
        // Short, whatever the name: a name of 255 bytes has no room for a suffix.
        string temporary = Path.Combine(parent, $".procdedup-{Guid.NewGuid():N}.tmp");
        try
        {
            if (!Directory.Exists(parent))
            {
                throw FetchFailures.DestinationParentMissing(place, parent);
            }

            act(temporary);
        }
        catch (PlatformException e)
        {
            throw FetchFailures.DestinationFailed(place, e);
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            throw FetchFailures.DestinationFailed(place, ManagedFailures.Translate("copy", place, e));
        }
        finally
        {
            FileSystem.TryDelete(temporary);
            if (Directory.Exists(temporary))
                TreeRemoval.TryDelete(temporary);
        }
    }
}
