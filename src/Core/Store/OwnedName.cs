using System;
using System.Globalization;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>
/// Names of files and directories that belong to one process: its PID, its start time, and the boot, PID namespace and
/// machine in which these mean something. Whoever finds one later can tell whether its owner still lives.
/// </summary>
internal static class OwnedName
{
    // Names are short: programs without long paths (MAX_PATH) allow 260 characters for a whole path on Windows.
    private const int DigestLength = 8;

    // A cache on a network may be used from several machines, whose PIDs mean nothing here.
    private static readonly string ThisMachine = Digest(Environment.MachineName);
    private static readonly string ThisBoot = Digest(ProcessIdentity.Current.BootId);
    private static readonly string ThisNamespace = Digest(ProcessIdentity.Current.Namespace);

    /// <summary>The one name of a process.</summary>
    public static string Of(ProcessIdentity owner) => string.Format(
        CultureInfo.InvariantCulture, "{0}-{1}-{2}-{3}-{4}",
        owner.ProcessId, owner.StartTicks, Digest(owner.BootId), Digest(owner.Namespace), ThisMachine);

    /// <summary>A name of this process that nothing else has ever had.</summary>
    public static string New() => Of(ProcessIdentity.Current) + "-" + Guid.NewGuid().ToString("N");

    /// <summary>Does it look like a name of a process, of this machine or another one?</summary>
    public static bool IsOne(string name) => name.Split('-') is { Length: >= 5 } parts && parts[4].Length == DigestLength;

    /// <summary>Is it certain that the owner is gone?</summary>
    public static bool IsOwnerGone(string name) => TryParse(name) is { } owner && owner.IsGone;

    /// <summary>Can it be found out at all whether the owner lives? Not for one of another container or machine.</summary>
    public static bool IsOwnerKnowable(string name) => TryParse(name) is { } owner && (owner.IsComparable || owner.IsGone);

    /// <summary>Null for an owner on another machine, and for a name that is not one of these.</summary>
    private static ProcessIdentity? TryParse(string name)
    {
        string[] parts = name.Split('-');
        if (parts.Length < 5 || parts[4] != ThisMachine
            || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int id)
            || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out long start))
        {
            return null;
        }

        ProcessIdentity self = ProcessIdentity.Current;
        return new ProcessIdentity(
            id, start, parts[2] == ThisBoot ? self.BootId : parts[2], parts[3] == ThisNamespace ? self.Namespace : parts[3]);
    }

    private static string Digest(string text) => ContentHash.HexOf(text).Substring(0, DigestLength);
}
