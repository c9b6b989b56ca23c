using System;

namespace ProcessDedup.Store;

/// <summary>
/// The name of a part's directory, which says whose it is, or that its last owner has let it go. As every name is used
/// once, renaming from exactly the name that was judged takes the part over only if nobody else has done so since:
/// compare and swap, without a lock.
/// </summary>
internal static class PartialName
{
    private const string FreeSuffix = ".free";

    public static string NewOwned() => OwnedName.New();

    public static string NewFree() => Guid.NewGuid().ToString("N") + FreeSuffix;

    /// <summary>Is it certain that nobody writes into it any more?</summary>
    public static bool IsUnused(string name) => IsFree(name) || OwnedName.IsOwnerGone(name);

    /// <summary>Can that be found out at all?</summary>
    public static bool IsKnowable(string name) => IsFree(name) || OwnedName.IsOwnerKnowable(name);

    private static bool IsFree(string name) => name.EndsWith(FreeSuffix, StringComparison.Ordinal);
}
