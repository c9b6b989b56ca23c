using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Microsoft.Extensions.FileSystemGlobbing;
using ProcessDedup.Fetch;
using ProcessDedup.Fetch.Files;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Artifacts;

/// <summary>Finds the files that an artifact depends on, and what is in them.</summary>
public static class ArtifactInputs
{
    private static readonly char[] Wildcards = ['*', '?'];

    /// <summary>Reads files, directories with all that is in them, and patterns with *, ? and **.</summary>
    /// <param name="directory">What relative paths are relative to: in it names are the same on every machine.</param>
    /// <param name="patterns">The paths and patterns.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="FetchException"><see cref="FetchError.BuildInputMissing"/>: a path leads to nothing, or nothing
    /// matches a pattern; or a file cannot be read.</exception>
    public static IReadOnlyList<ArtifactInput> Read(string directory, IReadOnlyList<string> patterns, CancellationToken cancellation = default)
    {
        // Elsewhere several may have one name: all of them count.
        return Named(directory, patterns).Select(file => new ArtifactInput(file.Value, ContentOf(file.Key, cancellation))).ToList();
    }

    /// <summary>The same files as full paths, in the order of their names.</summary>
    /// <exception cref="FetchException"><see cref="FetchError.BuildInputMissing"/></exception>
    public static IReadOnlyList<string> Find(string directory, IReadOnlyList<string> patterns) =>
        Named(directory, patterns).Select(file => file.Key).ToList();

    private static IEnumerable<KeyValuePair<string, string>> Named(string directory, IReadOnlyList<string> patterns)
    {
        ArgumentNullException.ThrowIfNull(patterns);
        string from = Path.GetFullPath(directory);
        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string pattern in patterns)
        {
            bool isFound = false;
            foreach ((string file, string start) in Match(from, pattern))
            {
                isFound = true;
                string name = NameOf(from, file, start);
                // Found twice: the longer of two names, whichever comes first.
                if (!files.TryGetValue(file, out string? known) || name.Length > known.Length)
                    files[file] = name;
            }

            // A pattern mistyped would never change the key.
            if (!isFound)
                throw FetchFailures.InputMissing(pattern, from);
        }

        return files.OrderBy(file => file.Value, StringComparer.Ordinal).ThenBy(file => file.Key, StringComparer.Ordinal);
    }

    /// <summary>Files, and where the pattern began to look for them.</summary>
    private static IEnumerable<(string File, string Start)> Match(string from, string pattern)
    {
        if (string.IsNullOrWhiteSpace(pattern) || pattern.Contains('\0'))
            return [];
        // What is there under that very name comes first, be it full of stars.
        string full = Path.GetFullPath(Path.Combine(from, pattern));
        string beside = Path.GetDirectoryName(full) ?? full;
        return Directory.Exists(full) ? FilesBelow(full).Select(file => (file, beside))
            : File.Exists(full) ? [(full, beside)]
            : MatchWildcards(from, pattern);
    }

    // What is elsewhere has another path on another machine; the way to it from where it was looked for is what remains.
    private static string NameOf(string from, string file, string start) =>
        Below(from, file) ?? "/" + (Below(start, file) ?? Path.GetFileName(file));

    private static string? Below(string directory, string file)
    {
        string inside = directory.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar;
        return file.StartsWith(inside, StringComparison.Ordinal)
            ? file.Substring(inside.Length).Replace(Path.DirectorySeparatorChar, '/')
            : null;
    }

    private static IEnumerable<(string File, string Start)> MatchWildcards(string from, string pattern)
    {
        if (pattern.IndexOfAny(Wildcards) < 0)
            return [];
        // The part without wildcards is a directory: "/srv/lib/**/*.h", "../shared/*.txt".
        string slashed = pattern.Replace('\\', '/');
        int cut = slashed.LastIndexOf('/', slashed.IndexOfAny(Wildcards));
        string start = Path.GetFullPath(Path.Combine(from, cut < 0 ? "." : cut == 0 ? "/" : slashed.Substring(0, cut)));
        if (!Directory.Exists(start))
            return [];
        var matcher = new Matcher(OperatingSystemKind.IsWindows ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);
        matcher.AddInclude(slashed.Substring(cut + 1));
        string prefix = start.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar;
        // Matched are the paths alone, as the library would follow links to directories, in circles too.
        return FilesBelow(start).Where(file => matcher.Match(file.Substring(prefix.Length)).HasMatches)
            .Select(file => (file, start));
    }

    private static IEnumerable<string> FilesBelow(string directory)
    {
        var ahead = new Stack<string>();
        ahead.Push(directory);
        while (ahead.Count > 0)
        {
            string current = ahead.Pop();
            foreach (string path in Enumerate(current))
            {
                if (!FileSystem.TryGetFacts(path, out FileFacts facts))
                    continue;
                if (facts.Type == FileType.Directory)
                    ahead.Push(path);
                else if (facts.Type is FileType.Regular or FileType.SymbolicLink)
                    yield return path;
            }
        }
    }

    private static string[] Enumerate(string directory)
    {
        try
        {
            return Directory.GetFileSystemEntries(directory);
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            throw FetchFailures.SourceUnreadable(directory, directory, e.Message);
        }
    }

    private static string ContentOf(string file, CancellationToken cancellation)
    {
        try
        {
            return FileHashing.Of(file, [ContentHash.Sha256], cancellation)[0].Hex;
        }
        catch (PlatformException) when (SymbolicLinks.TryRead(file) is not null)
        {
            // It leads nowhere, or into another directory: where it leads is what counts then.
            return "link " + SymbolicLinks.TryRead(file);
        }
        catch (Exception e) when (e is PlatformException || ManagedFailures.IsAboutFiles(e))
        {
            throw FetchFailures.SourceUnreadable(file, file, e is PlatformException known ? known.Cause : e.Message);
        }
    }
}
