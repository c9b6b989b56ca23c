using System;
using System.Collections.Generic;
using ProcessDedup.Locks;
using ProcessDedup.Messages;

namespace ProcessDedup.Cmdlets;

/// <summary>Completes lock names with Tab; the tooltip tells who holds the lock.</summary>
public sealed class LockNameCompleter : NameCompleter
{
    private protected override IEnumerable<KeyValuePair<string, Func<string>>> Read()
    {
        foreach (LockStatus item in OwnLocks.Without(LockInspector.InspectAll(LockRoot.Default())))
            yield return new KeyValuePair<string, Func<string>>(item.Name, () => TooltipOf(item));
    }

    private static string TooltipOf(LockStatus item) =>
        item.Holders.Count == 0
            ? "free"
            : Message.Of(
                Key.ReasonHeldByAndWaiters, item.Holders[0].Describe(),
                item.Waiters.Count == 0 ? string.Empty : Message.Of(Key.ReasonWaiters, item.Waiters.Count));
}
