using System;
using System.Collections;
using System.Collections.Generic;
using System.IO;
using ProcessDedup.Claims;
using ProcessDedup.Locks;

namespace ProcessDedup.Cmdlets;

/// <summary>Completes namespaces of claims with Tab: those in which something is claimed on this machine, and registered names.</summary>
public sealed class ClaimNamespaceCompleter : NameCompleter
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private protected override IEnumerable<KeyValuePair<string, Func<string>>> Read() => Read(new Hashtable());

    private protected override IEnumerable<KeyValuePair<string, Func<string>>> Read(IDictionary given)
    {
        LockRoot root = LockRoot.Default();
        // To open the claims would make them.
        if (!given.Contains("Path") && !given.Contains("Coordinator") && File.Exists(Path.Combine(root.RootDirectory, ClaimKeyCompleter.Claims)))
        {
            using ClaimStore store = ClaimStore.Open(root, Patience);
            foreach (Claim claim in store.Find())
                yield return new KeyValuePair<string, Func<string>>(claim.Namespace, () => $"{claim.Key}: {claim.Owner.Describe()}");
        }

        foreach (RegisteredName item in NameRegistry.Of(root).All())
            yield return new KeyValuePair<string, Func<string>>(item.Namespace, () => item.Purpose is null ? item.Owner : $"{item.Owner}: {item.Purpose}");
    }
}
