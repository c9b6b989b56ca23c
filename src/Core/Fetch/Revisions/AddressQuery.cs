using System;
using System.Collections.Generic;
using System.Linq;
using ProcessDedup.Messages;

namespace ProcessDedup.Fetch.Revisions;

/// <summary>The parameters of an address: <c>?ref=main&amp;rev=…</c>.</summary>
internal static class AddressQuery
{
    /// <summary>Takes an address apart at its question mark.</summary>
    /// <exception cref="FetchException"><see cref="FetchError.FetchUriInvalid"/>: one is unknown, or there twice.</exception>
    public static IReadOnlyDictionary<string, string> Split(string address, out string start, params string[] known)
    {
        if (address.Contains('#'))
            throw FetchFailures.RepositoryAddressInvalid(address, Message.Of(Key.ReasonHasFragmentWhichMeansNothingHere));
        int mark = address.IndexOf('?');
        start = mark < 0 ? address : address.Substring(0, mark);
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string part in mark < 0 ? [] : address.Substring(mark + 1).Split('&').Where(p => p.Length > 0))
        {
            int equals = part.IndexOf('=');
            string name = equals < 0 ? part : part.Substring(0, equals);
            // Its name may be a token that somebody forgot to name: it is not repeated.
            if (!known.Contains(name))
                throw FetchFailures.RepositoryAddressInvalid(address, Message.Of(Key.ReasonParameterIsUnknownKnownAre, string.Join(", ", known)));
            if (found.ContainsKey(name))
                throw FetchFailures.RepositoryAddressInvalid(address, Message.Of(Key.ReasonParameterIsThereTwice, name));
            found[name] = equals < 0 ? string.Empty : Uri.UnescapeDataString(part.Substring(equals + 1));
        }

        return found;
    }

    /// <summary>The branch or tag, and the commit, that are asked for; both null: the default branch.</summary>
    /// <exception cref="FetchException"><see cref="FetchError.FetchUriInvalid"/></exception>
    public static (string? Ref, string? Commit) Wanted(string address, string? reference, string? revision)
    {
        if (revision is not null && !CommitHash.IsHash(revision))
            throw FetchFailures.RepositoryAddressInvalid(address, Message.Of(Key.ReasonRevIsNoWholeCommitHash));
        if (reference is null)
            return (null, revision?.ToLowerInvariant());
        if (CommitHash.IsHash(reference))
        {
            return revision is null || string.Equals(revision, reference, StringComparison.OrdinalIgnoreCase)
                ? (null, reference.ToLowerInvariant())
                : throw FetchFailures.RepositoryAddressInvalid(address, Message.Of(Key.ReasonNamesTwoDifferentCommits));
        }

        return CommitHash.IsRefName(reference)
            ? (reference, revision?.ToLowerInvariant())
            : throw FetchFailures.RepositoryAddressInvalid(address, Message.Of(Key.ReasonRefCanBeNoBranchOr));
    }
}
