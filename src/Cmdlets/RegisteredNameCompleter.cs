using System;
using System.Collections.Generic;
using ProcessDedup.Locks;

namespace ProcessDedup.Cmdlets;

/// <summary>Completes registered names with Tab; the tooltip tells whose they are.</summary>
public sealed class RegisteredNameCompleter : NameCompleter
{
    private protected override IEnumerable<KeyValuePair<string, Func<string>>> Read()
    {
        foreach (RegisteredName item in NameRegistry.Of(LockRoot.Default()).All())
            yield return new KeyValuePair<string, Func<string>>(item.Namespace, () => TooltipOf(item));
    }

    private static string TooltipOf(RegisteredName item) =>
        item.Purpose is null ? item.Owner : $"{item.Owner}: {item.Purpose}";
}
