using System.Collections.Generic;
using System.IO;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Artifacts;

/// <summary>Copies a file or directory of the caller's into a private place, modes and all, in the cheapest way there is.</summary>
internal static class TreeIntake
{
    /// <summary>Copies the file, or all that is in the directory. Links are copied as links, and hard links stay names of one file.</summary>
    /// <exception cref="PlatformException">Something cannot be read or written.</exception>
    /// <exception cref="FetchException"><see cref="FetchError.ArtifactSourceInvalid"/></exception>
    public static void Copy(string source, string directory, string? fileName, CancellationToken cancellation)
    {
        if (fileName is null)
            CopyAll(source, directory, cancellation);
        else
            CopyOne(source, Path.Combine(directory, fileName), FactsOf(source), cancellation);
    }

    private static void CopyAll(string source, string directory, CancellationToken cancellation)
    {
        var ahead = new Stack<string>();
        ahead.Push(string.Empty);
        var made = new Stack<KeyValuePair<string, FileFacts>>();
        var copies = new Dictionary<FileIdentity, string>();
        while (ahead.Count > 0)
        {
            string inside = ahead.Pop();
            foreach (string path in Directory.EnumerateFileSystemEntries(Path.Combine(source, inside)))
            {
                cancellation.ThrowIfCancellationRequested();
                string relative = Path.Combine(inside, Path.GetFileName(path));
                string to = Path.Combine(directory, relative);
                if (!FileSystem.TryGetFacts(path, out FileFacts facts))
                    throw FetchFailures.ArtifactSourceInvalid(path, Message.Of(Key.ReasonNameIsNotValidUnicodeOr));
                if (facts.Type == FileType.Directory)
                {
                    Directory.CreateDirectory(to);
                    made.Push(new(to, facts));
                    ahead.Push(relative);
                }
                else if (facts.Type == FileType.SymbolicLink)
                {
                    SymbolicLinks.Create(to, SymbolicLinks.TryRead(path)
                        ?? throw FetchFailures.ArtifactSourceInvalid(path, Message.Of(Key.ReasonLinkThatCannotBeRead)));
                    FileTimes.TrySetModified(to, facts.ModifiedNanoseconds);
                }
                else if (facts.Links < 2 || !copies.TryGetValue(facts.Identity, out string? first) || !Publishing.TryLink(first, to))
                {
                    CopyOne(path, to, facts, cancellation);
                    copies.TryAdd(facts.Identity, to);
                }
            }
        }

        // A directory that nobody may write to could not have been filled, and what is made in it changes its time.
        foreach (KeyValuePair<string, FileFacts> directoryMade in made)
            GiveModeAndTime(directoryMade.Key, directoryMade.Value);
        if (FileSystem.TryGetFacts(source, out FileFacts root))
            FileTimes.TrySetModified(directory, root.ModifiedNanoseconds);
    }

    private static void CopyOne(string from, string to, in FileFacts facts, CancellationToken cancellation)
    {
        if (facts.Type != FileType.Regular)
            throw FetchFailures.ArtifactSourceInvalid(from, Message.Of(Key.ReasonDevicePipeOrSocket));
        FileCopy.Make(from, to, TreeMode.IsExecutable(facts.Permissions), CopyMode.Copy, isSynced: false, cancellation);
        GiveModeAndTime(to, facts);
    }

    // Whatever the umask has left of it.
    private static void GiveModeAndTime(string copy, in FileFacts facts)
    {
        FileTimes.TrySetModified(copy, facts.ModifiedNanoseconds);
        if (!OperatingSystemKind.IsWindows)
            Publishing.SetMode(copy, (uint)(facts.Permissions & TreeMode.Bits));
    }

    // A file given by name may be a link to one.
    private static FileFacts FactsOf(string file)
    {
        using SourceFile open = SourceFile.Open(file);
        return open.Facts();
    }
}
