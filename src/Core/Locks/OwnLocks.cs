using System;
using System.Collections.Generic;
using ProcessDedup.Store;

namespace ProcessDedup.Locks;

/// <summary>
/// The names of the locks that this library makes for itself: one for each thing that is fetched, built or run once. Hundreds of
/// them may lie there, free, and tell people nothing.
/// </summary>
public static class OwnLocks
{
    internal const string Flight = "fetch-";
    internal const string Second = "-again";
    internal const string Prune = Flight + "prune";
    internal const string Mirror = "git-";
    internal const string Verification = "verify-";
    internal const string Names = "lock-names";

    private const int DigestLength = 64;

    /// <summary>The locks without those of them that nobody holds, waits for, or died holding.</summary>
    public static IReadOnlyList<LockStatus> Without(IReadOnlyList<LockStatus> all)
    {
        ArgumentNullException.ThrowIfNull(all);
        var shown = new List<LockStatus>();
        foreach (LockStatus status in all)
        {
            if (!IsOwn(status.Name) || status.State != LockState.Free || status.Waiters.Count > 0 || status.CrashedHolder is not null)
                shown.Add(status);
        }

        return shown;
    }

    internal static bool IsOwn(string name) => name is Prune or Names || IsDigest(name, Flight) || IsDigest(name, Mirror) || IsDigest(name, Verification);

    private static bool IsDigest(string name, string prefix)
    {
        if (!name.StartsWith(prefix, StringComparison.Ordinal))
            return false;
        string rest = name.EndsWith(Second, StringComparison.Ordinal) ? name.Substring(0, name.Length - Second.Length) : name;
        return rest.Length == prefix.Length + DigestLength && ContentHash.IsHex(rest.Substring(prefix.Length));
    }
}
