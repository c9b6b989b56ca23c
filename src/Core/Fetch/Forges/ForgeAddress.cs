using System;
using System.Collections.Generic;
using System.Linq;
using ProcessDedup.Fetch.Revisions;
using ProcessDedup.Messages;

namespace ProcessDedup.Fetch.Forges;

/// <summary>
/// <c>github:owner/repo[/ref]</c>, <c>gitlab:group%2Fsubgroup/repo[/ref]</c>, <c>sourcehut:~owner/repo[/ref]</c>, with
/// <c>?ref=</c>, <c>?rev=</c> and <c>?host=</c>: the addresses of Nix's flakes.
/// </summary>
internal sealed class ForgeAddress
{
    /// <exception cref="FetchException"><see cref="FetchError.FetchUriInvalid"/></exception>
    public ForgeAddress(string address)
    {
        IReadOnlyDictionary<string, string> query = AddressQuery.Split(address, out string start, "ref", "rev", "host");
        int colon = start.IndexOf(':');
        Scheme = start.Substring(0, colon).ToLowerInvariant();
        string[] parts = [.. start.Substring(colon + 1).Split('/').Select(Uri.UnescapeDataString)];
        if (parts.Length < 2)
            throw FetchFailures.RepositoryAddressInvalid(address, Message.Of(Key.ReasonToBeOwnerRepoOrOwner, Scheme, Scheme));
        (Owner, Name) = (parts[0], parts[1]);
        // Groups there lie in groups: group%2Fsubgroup.
        string[] owners = Scheme == "gitlab" ? Owner.Split('/') : [Owner];
        if (!owners.All(IsName) || !IsName(Name))
            throw FetchFailures.RepositoryAddressInvalid(address, Message.Of(Key.ReasonOwnerOrNameHasCharacterThat));
        if (Scheme == "sourcehut" && !Owner.StartsWith('~'))
            throw FetchFailures.RepositoryAddressInvalid(address, Message.Of(Key.ReasonOwnersThereBeginWith));
        // Branches may have slashes.
        string? inPath = parts.Length > 2 ? string.Join("/", parts.Skip(2)) : null;
        if (inPath is not null && (query.ContainsKey("ref") || query.ContainsKey("rev")))
            throw FetchFailures.RepositoryAddressInvalid(address, Message.Of(Key.ReasonNamesRefOrRevBothIn));
        (Ref, Commit) = AddressQuery.Wanted(
            address, inPath ?? (query.TryGetValue("ref", out string? r) ? r : null), query.TryGetValue("rev", out string? rev) ? rev : null);
        if (query.TryGetValue("host", out string? host))
            Host = IsHost(host) ? host.ToLowerInvariant()
                : throw FetchFailures.RepositoryAddressInvalid(address, Message.Of(Key.ReasonHostIsNoHostName));
        string shown = $"{Scheme}:{Owner.Replace("/", "%2F")}/{Name}";
        string suffix = Host is null ? string.Empty : "?host=" + Host;
        Display = FetchFailures.Shown(shown + ((Ref ?? Commit) is { } what ? "/" + what : string.Empty) + suffix);
        DisplayOfCommit = commit => FetchFailures.Shown(shown + "/" + commit + suffix);
    }

    /// <summary>github, gitlab or sourcehut.</summary>
    public string Scheme { get; }

    public string Owner { get; }

    public string Name { get; }

    /// <summary>The branch or tag; null for the default branch.</summary>
    public string? Ref { get; }

    /// <summary>The commit, if the caller knows it.</summary>
    public string? Commit { get; }

    /// <summary>Where the forge is, if not where it usually is; perhaps with a port.</summary>
    public string? Host { get; }

    public string Display { get; }

    public Func<string, string> DisplayOfCommit { get; }

    private static bool IsName(string name) => name.Length > 0 && name is not ("." or "..") && name.All(
        c => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '-' or '_' or '.' or '~' or '+');

    private static bool IsHost(string host) =>
        host.Length > 0 && host.All(c => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '-' or '.' or ':' or '[' or ']')
        && Uri.TryCreate("https://" + host, UriKind.Absolute, out Uri? uri) && uri.Host.Length > 0 && uri.AbsolutePath == "/";
}
