using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Fetch.Archives;
using ProcessDedup.Messages;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch.Git;

/// <summary>
/// The submodules of a commit (gitmodules(5)), each got as a repository of its own: fetched once for all commits and repositories
/// that have it, then copied to its place.
/// </summary>
internal sealed class GitSubmodules(FetchContext context, GitSource source, GitProgram git, string display)
{
    private const string Prefix = "submodule.";

    /// <summary>Puts them where the commit's links are, which are empty directories so far.</summary>
    /// <param name="directory">The commit's files.</param>
    /// <param name="links">Path and commit of each link in the tree.</param>
    /// <exception cref="FetchException">One has no address, or one that its repository must not name; or it cannot be had.</exception>
    public void Fill(string directory, IReadOnlyDictionary<string, string> links)
    {
        Dictionary<string, string> addresses = Addresses(directory);
        foreach ((string path, string commit) in links)
        {
            if (EntryName.ReasonAgainst(path, allowNonPortable: false, out _) is { } bad)
                throw FetchFailures.SubmoduleInvalid(display, path, bad);
            if (!addresses.TryGetValue(path, out string? url))
                throw FetchFailures.SubmoduleInvalid(display, path, Message.Of(Key.ReasonNoAddressInGitmodules));
            var module = new GitSource(AddressOf(path, url) + "?rev=" + commit, RequestFor(AddressOf(path, url)));
            CachedContent tree = context.Fly(new GitTreePlan(context, module, commit));
            string place = Path.Combine(directory, path);
            Directory.Delete(place);
            CopyOut.Tree(
                tree.Path, TreeManifest.Read(context.Store.Layout.ManifestFile(tree.Entry.Digest!)), place, CopyMode.Copy, context.Cancellation);
        }
    }

    // git itself reads its format.
    private Dictionary<string, string> Addresses(string directory)
    {
        GitOutcome settings = git.RunLocal(
            display, null, "config", "--null", "--file", Path.Combine(directory, ".gitmodules"), "--get-regexp", @"^submodule\..*\.(path|url)$");
        var paths = new Dictionary<string, string>(StringComparer.Ordinal);
        var urls = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string setting in settings.Output.Split('\0', StringSplitOptions.RemoveEmptyEntries))
        {
            int end = setting.IndexOf('\n');
            int dot = setting.LastIndexOf('.', end < 0 ? setting.Length - 1 : end);
            if (end < 0 || dot < Prefix.Length)
                continue;
            string name = setting.Substring(Prefix.Length, dot - Prefix.Length);
            (setting.AsSpan(dot + 1, end - dot - 1) is "path" ? paths : urls)[name] = setting.Substring(end + 1);
        }

        return paths.Where(p => urls.ContainsKey(p.Key)).GroupBy(p => p.Value.TrimEnd('/')).ToDictionary(p => p.Key, p => urls[p.Last().Key]);
    }

    private string AddressOf(string path, string url)
    {
        string address = url.StartsWith("./", StringComparison.Ordinal) || url.StartsWith("../", StringComparison.Ordinal)
            ? Relative(url)
            : IsScpLike(url) ? string.Concat("ssh://", url.AsSpan(0, url.IndexOf(':')), "/", url.AsSpan(url.IndexOf(':') + 1))
            : url;
        if (!Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("https" or "http" or "ssh" or "git" or "file"))
            throw FetchFailures.SubmoduleInvalid(display, path, Message.Of(Key.ReasonAddressIsOfNoKnownKind));
        // A repository of a stranger must not have this machine's own files copied (CVE-2022-39253).
        if (uri.IsFile && !source.IsFile)
            throw FetchFailures.SubmoduleInvalid(display, path, Message.Of(Key.ReasonAddressIsOfThisMachine));
        return uri.Scheme == "git" ? address : "git+" + address;
    }

    // From the repository's own address, component by component, as git submodule does.
    private string Relative(string url)
    {
        string start = source.Url;
        for (; ; )
        {
            if (url.StartsWith("./", StringComparison.Ordinal))
                url = url.Substring(2);
            else if (url.StartsWith("../", StringComparison.Ordinal) && start.LastIndexOf('/') is var slash && slash > start.IndexOf("://", StringComparison.Ordinal) + 2)
                (url, start) = (url.Substring(3), start.Substring(0, slash));
            else
                return start + "/" + url;
        }
    }

    // user@host:path, as ssh and scp write it; transport::address runs a program.
    private static bool IsScpLike(string url) => !url.Contains("::", StringComparison.Ordinal) && !url.Contains("://", StringComparison.Ordinal) && url.IndexOf(':') is > 0 and var colon
        && (url.IndexOf('/') < 0 || url.IndexOf('/') > colon);

    // What lets the caller in at one server is no other's business.
    private FetchRequest RequestFor(string address)
    {
        FetchRequest request = context.Request;
        bool isHome = source.Http is { } http && Uri.TryCreate(address.Substring(address.IndexOf('+') + 1), UriKind.Absolute, out Uri? uri)
            && uri.Scheme == http.Uri.Scheme && uri.Port == http.Uri.Port && string.Equals(uri.IdnHost, http.Uri.IdnHost, StringComparison.OrdinalIgnoreCase);
        return isHome
            ? request with { Credential = source.Http!.Credential }
            : request with { Headers = [], Credential = null, ClientCertificate = null, ClientKey = null, UseDefaultCredentials = false };
    }
}
