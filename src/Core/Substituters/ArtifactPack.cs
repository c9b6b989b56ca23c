using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Fetch.Archives;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Substituters;

/// <summary>A tree as substituters have it: packed, and on the way back by the reader of strangers' archives.</summary>
internal static class ArtifactPack
{
    // What builds make may have names that Windows has not (perl's Foo::Bar.3pm), or that differ only in case (the
    // headers of Linux). The digest says whether all of them arrived.
    private static bool IsAllNames => OperatingSystemKind.IsLinux;

    /// <summary>Blocks of zeros at the end count as content of a compressed archive.</summary>
    private const int Trailer = 64 * 1024;

    /// <summary>Why no artifact may have a file of this name; null if it may.</summary>
    public static string? ReasonAgainstName(string name) =>
        EntryName.ReasonAgainst(name, allowNonPortable: true, out List<string> components) is { } reason ? reason
        : components.Count == 0 || string.Join("/", components) != name ? Message.Of(Key.ReasonNotWrittenAsItShouldBe)
        : null;

    /// <summary>Could this tree be unpacked again?</summary>
    /// <exception cref="FetchException"><see cref="FetchError.ArtifactInvalid"/>: it could not.</exception>
    public static void Check(TreeManifest manifest, ArtifactFacts facts)
    {
        if (facts.FileName is { } file && !IsFileOf(manifest, file))
            throw FetchFailures.ArtifactUnfit(facts.Name, Message.Of(Key.ReasonSaidToBeFileWhichIts, FetchFailures.Shown(file)));
        foreach (TreeItem item in manifest.Items)
        {
            if (ReasonAgainstName(item.Path) is { } reason)
                throw FetchFailures.ArtifactUnfit(facts.Name, Message.Of(Key.ReasonIts, FetchFailures.Shown(item.Path), reason));
            if (item.LinkTarget is { } target && EntryName.ReasonAgainstTarget(target, allowNonPortable: true, allowAbsolute: true) is { } bad)
                throw FetchFailures.ArtifactUnfit(facts.Name, Message.Of(Key.ReasonIts, FetchFailures.Shown(item.Path), bad));
        }

        if (manifest.Items.Count > new UnpackOptions().MaxEntries)
            throw FetchFailures.ArtifactUnfit(facts.Name, Message.Of(Key.ReasonHasMoreFilesThanAreUnpacked));
    }

    /// <summary>Unpacks into an empty directory and compares all of it with the record.</summary>
    /// <exception cref="SubstituterFault">The pack is not what the record says, or would do harm. The directory is empty again.</exception>
    /// <exception cref="FetchException">This machine cannot take it.</exception>
    public static TreeManifest Unpack(string pack, string directory, ArtifactRecord record, bool allowsOutwardLinks, CancellationToken cancelled)
    {
        bool isWhole = false;
        try
        {
            if (!BeginsAs(pack, record.Packing))
                throw SubstituterFault.Artifact(Message.Of(Key.ReasonPackIsNo, record.Packing));
            var options = new UnpackOptions
            {
                Name = record.Name,
                RefusesRepeatedNames = true,
                AllowNonPortableNames = IsAllNames,
                AllowOutwardLinks = allowsOutwardLinks,
                MaxTotalBytes = Math.Min(record.Size, ArtifactRecord.LargestOf(record.PackSize)) + Trailer,
            };
            var facts = new ArchivedFacts();
            IReadOnlyDictionary<string, long> modified = Archive.Unpack(pack, directory, options, cancelled, facts);
            // They are never set here: what a stranger has written must stay readable and removable.
            TreeManifest manifest = TreeManifest.Of(directory, cancelled, allowsOutwardLinks: allowsOutwardLinks);
            if (!OperatingSystemKind.IsWindows)
                manifest = manifest.WithModes(facts.Modes);
            if (manifest.Digest.Hex != record.Digest || manifest.TotalBytes != record.Size)
                throw SubstituterFault.Artifact(Message.Of(Key.ReasonWhatItUnpacksToHasAnother));
            manifest = manifest.WithTimes(record.Times is null ? null : TreeTimes.Of(manifest.Items, modified));
            manifest = manifest.WithAttributes(record.Attributes is null ? null : facts.AttributesOf(manifest.Items));
            // As the pack says, and not as this file system keeps them.
            if (manifest.Times?.Digest != record.Times || manifest.Attributes?.Digest != record.Attributes)
                throw SubstituterFault.Artifact(Message.Of(Key.ReasonWhatItUnpacksToHasAnother));
            if (record.FileName is { } file && !IsFileOf(manifest, file))
                throw SubstituterFault.Artifact(Message.Of(Key.ReasonFileThatItIsSaidTo));
            isWhole = true;
            return manifest;
        }
        catch (FetchException e) when (e.IsOutwardLink)
        {
            // Not damaged, and not to be replaced: others may ask for it.
            throw SubstituterFault.Refused($"{FetchFailures.Shown(e.Cause)} {e.NextStep}".TrimEnd('.'), e);
        }
        catch (FetchException e) when (!FetchFailures.IsOwnTrouble(e))
        {
            string reason = e.InnerException is PlatformException system
                ? Message.Of(Key.ReasonTreeCannotBeMadeHere, FetchFailures.CauseOf(system))
                : FetchFailures.Shown(e.Cause).TrimEnd('.');
            throw SubstituterFault.Artifact(reason, e);
        }
        finally
        {
            if (!isWhole)
                Empty(directory);
        }
    }

    private static bool IsFileOf(TreeManifest manifest, string file) =>
        manifest.Items.Any(item => item.Kind == TreeItemKind.File && item.Path == file);

    // The reader of archives goes by their content and knows more kinds than are ever published.
    private static bool BeginsAs(string pack, string packing)
    {
        byte[] block = new byte[512];
        using var file = SourceFile.OpenStream(pack);
        int length = 0;
        while (length < block.Length && file.Read(block, length, block.Length - length) is int read and > 0)
            length += read;
        return packing == ArtifactRecord.TarGzip ? block[0] == 0x1f && block[1] == 0x8b : length == block.Length && TarHeader.IsPlausible(block);
    }

    private static void Empty(string directory)
    {
        foreach (string path in Directory.Exists(directory) ? Directory.GetFileSystemEntries(directory) : [])
            TreeRemoval.TryDelete(path);
    }
}
