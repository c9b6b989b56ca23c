using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch.Git;

/// <summary>Content in LFS: git-lfs fetches it into the mirror, and it takes the place of its pointers, checked by their hashes.</summary>
internal sealed class GitLargeFiles(FetchContext context, GitSource source, GitProgram git, string display)
{
    // https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: "Pointer files must be less than 1024 bytes".
    private const int LongestPointer = 1024;
    private const string Version = "version https://git-lfs.github.com/spec/v1\n";

    /// <summary>Replaces the pointers in a directory by what they mean.</summary>
    /// <param name="mirror">Full path of the mirror, which has the commit.</param>
    /// <param name="commit">Whose files they are.</param>
    /// <param name="directory">The files.</param>
    /// <exception cref="FetchException">ProgramMissing: git-lfs is not installed. GitFailed: something cannot be had.</exception>
    public void Fill(string mirror, string commit, string directory)
    {
        List<(string Path, string Oid, long Size)> pointers = [.. Pointers(directory)];
        if (pointers.Count == 0)
            return;
        if (ExecutableSearch.Find("git-lfs") is null)
            throw FetchFailures.ProgramMissing("git-lfs", Message.Of(Key.ReasonFetchLfsContent));
        context.Request.Activity.Does("git lfs fetch");
        var arguments = new List<string> { "--git-dir=" + mirror, "-c", "remote.procdedup.url=" + source.Url };
        if (ServerIn(directory) is { } server)
            arguments.AddRange(["-c", "lfs.url=" + server]);
        GitOutcome outcome = git.RunPatiently(display, [.. arguments, "lfs", "fetch", "procdedup", commit]);
        if (!outcome.IsGood)
            throw git.Failure(display, outcome);
        foreach ((string path, string oid, long size) in pointers)
            Replace(path, Path.Combine(mirror, "lfs", "objects", oid.Substring(0, 2), oid.Substring(2, 2), oid), oid, size);
    }

    private void Replace(string path, string content, string oid, long size)
    {
        string name = Path.GetFileName(path);
        if (!FileSystem.TryGetFacts(content, out FileFacts facts) || facts.Size != size)
            throw FetchFailures.LfsContentInvalid(display, name, oid);
        bool isExecutable = FileSystem.TryGetFacts(path, out FileFacts pointer) && (pointer.Permissions & 0x40) != 0;
        FileSystem.TryDelete(path);
        FileCopy.Make(content, path, isExecutable, CopyMode.Copy, isSynced: false, context.Cancellation);
        if (Files.FileHashing.Of(path, [ContentHash.Sha256], context.Cancellation).All(h => h.Hex != oid))
            throw FetchFailures.LfsContentInvalid(display, name, oid);
    }

    // A repository may name its own server, but no program and no file of this machine.
    private string? ServerIn(string directory)
    {
        string file = Path.Combine(directory, ".lfsconfig");
        if (!FileSystem.TryGetFacts(file, out FileFacts facts) || facts.Type != FileType.Regular)
            return null;
        string url = git.RunLocal(display, null, "config", "--file", file, "--get", "lfs.url").Output.Trim();
        return Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) && uri.Scheme is "https" or "http" && (source.Http is null || source.Http.IsAnonymous || IsHome(uri))
            ? url
            : null;
    }

    private bool IsHome(Uri uri) => source.Http!.Uri.Scheme == uri.Scheme && source.Http.Uri.Authority == uri.Authority;

    private static IEnumerable<(string Path, string Oid, long Size)> Pointers(string directory) =>
        from path in Directory.EnumerateFiles(directory, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
        where FileSystem.TryGetFacts(path, out FileFacts facts) && facts.Type == FileType.Regular && facts.Size < LongestPointer
        let text = Encoding.UTF8.GetString(FileSystem.TryReadSmall(path, LongestPointer) ?? [])
        where text.StartsWith(Version, StringComparison.Ordinal)
        let oid = Line(text, "oid sha256:")
        let size = Line(text, "size ")
        where oid is { Length: 64 } && oid.All(char.IsAsciiHexDigitLower) && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out _)
        select (path, oid, long.Parse(size, CultureInfo.InvariantCulture));

    private static string? Line(string pointer, string name) =>
        pointer.Split('\n').FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Substring(name.Length);
}
