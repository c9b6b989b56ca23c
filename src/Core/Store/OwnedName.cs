using System;
using System.Globalization;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>
/// Names of files that belong to one process: "4711-8837422-9f86d081", its PID, its start time, and where these two mean
/// something (boot and PID namespace). Whoever finds one later can tell whether its owner still lives.
/// </summary>
internal static class OwnedName
{
    private const int PlaceLength = 8;

    private static readonly string ThisPlace = PlaceOf(ProcessIdentity.Current);

    /// <summary>The one name of a process.</summary>
    public static string Of(ProcessIdentity owner) => string.Format(
        CultureInfo.InvariantCulture, "{0}-{1}-{2}", owner.ProcessId, owner.StartTicks, PlaceOf(owner));

    /// <summary>A name of this process that nothing else has.</summary>
    public static string New() => Of(ProcessIdentity.Current) + "-" + Guid.NewGuid().ToString("N");

    /// <summary>
    /// Is it certain that the owner is gone? Never for names of another boot or container: of those only the age tells.
    /// </summary>
    public static bool IsOwnerGone(string name)
    {
        string[] parts = name.Split('-');
        return parts.Length >= 3
            && parts[2] == ThisPlace
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int id)
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out long start)
            && !(ProcessIdentity.TryGet(id, out ProcessIdentity found) && found.StartTicks == start);
    }

    /// <summary>Was it made in this boot and PID namespace?</summary>
    public static bool IsOfThisPlace(string name) => name.Split('-') is { Length: >= 3 } parts && parts[2] == ThisPlace;

    private static string PlaceOf(ProcessIdentity process) =>
        ContentHash.HexOf(process.BootId + "\n" + process.Namespace).Substring(0, PlaceLength);
}
