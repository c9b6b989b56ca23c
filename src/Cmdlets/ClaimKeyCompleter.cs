using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using ProcessDedup.Claims;
using ProcessDedup.Locks;

namespace ProcessDedup.Cmdlets;

/// <summary>
/// Completes keys that are claimed on this machine, of the namespace that is typed already, with Tab; the tooltip tells whose they
/// are. Claims in other places are asked for by nobody's Tab.
/// </summary>
public sealed class ClaimKeyCompleter : NameCompleter
{
    internal const string Claims = "claims.db";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private protected override IEnumerable<KeyValuePair<string, Func<string>>> Read() => Read(new Hashtable());

    private protected override IEnumerable<KeyValuePair<string, Func<string>>> Read(IDictionary given)
    {
        LockRoot root = LockRoot.Default();
        // To open them would make them.
        if (given.Contains("Path") || given.Contains("Coordinator") || !File.Exists(Path.Combine(root.RootDirectory, Claims)))
            yield break;
        string? name = given["Namespace"] as string;
        using ClaimStore store = ClaimStore.Open(root, Patience);
        foreach (Claim claim in store.Find())
        {
            if (string.IsNullOrEmpty(name) || string.Equals(claim.Namespace, name, StringComparison.OrdinalIgnoreCase))
                yield return new KeyValuePair<string, Func<string>>(claim.Key, () => $"{claim.Namespace}: {claim.Owner.Describe()}");
        }
    }
}
