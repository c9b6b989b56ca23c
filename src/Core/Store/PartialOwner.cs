using System;
using System.Globalization;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>
/// The name of a part's directory, which says whose it is. As every name is used once, renaming from exactly the name
/// that was judged takes the part over only if nobody else has done so since: compare and swap, without a lock.
/// </summary>
/// <param name="IsFree">Its last owner has let it go.</param>
/// <param name="Owner">Who alone may write into it; meaningless if it is free.</param>
/// <param name="Machine">A cache on a network may be used from several machines, whose PIDs mean nothing here.</param>
internal readonly record struct PartialOwner(bool IsFree, ProcessIdentity Owner, string Machine)
{
    private const string FreeSuffix = ".free";

    private static readonly string ThisMachine = Digest(Environment.MachineName);
    private static readonly string ThisBoot = Digest(ProcessIdentity.Current.BootId);
    private static readonly string ThisNamespace = Digest(ProcessIdentity.Current.Namespace);

    /// <summary>Is it certain that nobody writes into it any more?</summary>
    public bool IsGone => IsFree || (Machine == ThisMachine && Owner.IsGone);

    /// <summary>Can it be found out at all whether the owner lives?</summary>
    public bool IsKnowable => IsFree || (Machine == ThisMachine && Owner.IsComparable);

    public static string NewFreeName() => Unique() + FreeSuffix;

    public static string NewOwnName() => string.Join(
        "-", Unique(), Number(ProcessIdentity.Current.ProcessId), Number(ProcessIdentity.Current.StartTicks), ThisBoot, ThisNamespace, ThisMachine);

    /// <summary>Null for a name that no version known here gives.</summary>
    public static PartialOwner? TryParse(string name)
    {
        if (name.EndsWith(FreeSuffix, StringComparison.Ordinal))
            return new PartialOwner(true, default, ThisMachine);
        string[] parts = name.Split('-');
        if (parts.Length != 6
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int id)
            || !long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out long start))
            return null;
        ProcessIdentity self = ProcessIdentity.Current;
        return new PartialOwner(
            false,
            new ProcessIdentity(
                id, start, parts[3] == ThisBoot ? self.BootId : parts[3], parts[4] == ThisNamespace ? self.Namespace : parts[4]),
            parts[5]);
    }

    private static string Unique() => Guid.NewGuid().ToString("N");

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    // Names are short: Windows PowerShell allows 260 characters for a whole path.
    private static string Digest(string text) => ContentHash.HexOf(text).Substring(0, 8);
}
