using System;
using System.Collections.Concurrent;
using System.Globalization;
using System.IO;
using System.Linq;

namespace ProcessDedup.Platform;

/// <summary>Names for numeric user ids, from /etc/passwd; without a name the number itself ("uid 1001").</summary>
internal static class UserNames
{
    private static readonly ConcurrentDictionary<uint, string> Known = new();

    /// <summary>This process' user. .NET knows none for an id without a name, as containers are often run with.</summary>
    public static string Current => Environment.UserName.Length > 0 || OperatingSystemKind.IsWindows
        ? Environment.UserName
        : Of(Libc.EffectiveUserId());

    public static string Of(uint id) => Known.GetOrAdd(id, Find);

    // proc_sys_fs(5): the owner of what belongs to somebody whom a user namespace does not map.
    private static readonly Lazy<uint> Overflow = new(() => Number("/proc/sys/fs/overflowuid") ?? 65534);

    private static readonly Lazy<bool> MapsRootOfTheMachine = new(IsRootMapped);

    /// <summary>
    /// Does a user namespace hide whose this is, as that of rootless containers hides root's? Then the number says nothing.
    /// </summary>
    public static bool IsHidden(uint id) =>
        OperatingSystemKind.IsLinux && id == Overflow.Value && !MapsRootOfTheMachine.Value;

    // user_namespaces(7): inside, outside and count; the machine itself has one line with all of them.
    private static bool IsRootMapped()
    {
        try
        {
            return File.ReadLines("/proc/self/uid_map").Any(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, "0", ..]);
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            return true;
        }
    }

    private static uint? Number(string file)
    {
        try
        {
            return uint.TryParse(File.ReadAllText(file), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out uint number) ? number : null;
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            return null;
        }
    }

    private static string Find(uint id)
    {
        string wanted = id.ToString(CultureInfo.InvariantCulture);
        try
        {
            foreach (string line in File.ReadLines("/etc/passwd"))
            {
                string[] fields = line.Split(':');
                if (fields.Length > 2 && fields[2] == wanted)
                    return fields[0];
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }

        return "uid " + wanted;
    }
}
