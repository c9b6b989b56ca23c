using System;
using System.Collections.Concurrent;
using System.Globalization;
using System.IO;

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
