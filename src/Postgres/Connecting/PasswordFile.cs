using System;
using System.Collections.Generic;
using System.IO;
using System.Text;

namespace ProcessDedup.Postgres;

/// <summary>
/// The file with <c>host:port:database:user:password</c> in its lines (https://www.postgresql.org/docs/current/libpq-pgpass.html).
/// Npgsql reads it too, but stops at the first malformed line, and repeats the name of a file that is not there: someone who
/// takes PGPASSFILE for PGPASSWORD would find the password in the log.
/// </summary>
internal static class PasswordFile
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>The password for this; null if there is none, or the file may not be used.</summary>
    /// <param name="file">Null for the user's own.</param>
    /// <param name="isOpenToOthers">As libpq does, a file is passed over that others may read.</param>
    /// <param name="of">The four things that a line begins with.</param>
    public static string? Find(string? file, out bool isOpenToOthers, params string[] of)
    {
        isOpenToOthers = false;
        try
        {
            file ??= OfUser();
            if (!File.Exists(file))
                return null;
            isOpenToOthers = !OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & Others) != 0;
            if (isOpenToOthers)
                return null;
            foreach (string line in File.ReadLines(file))
            {
                if (!line.StartsWith('#') && Fields(line) is [_, _, _, _, { Length: > 0 } password, ..] fields && IsFor(fields, of))
                    return password;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            // As if there were none, as libpq has it.
        }

        return null;
    }

    private static string OfUser() => OperatingSystem.IsWindows()
        ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData), "postgresql", "pgpass.conf")
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".pgpass");

    private static bool IsFor(List<string?> fields, string[] of)
    {
        for (int i = 0; i < of.Length; i++)
        {
            if (fields[i] is { } field && field != of[i])
                return false;
        }

        return true;
    }

    // Null is "*". A backslash goes before ":" and itself.
    private static List<string?> Fields(string line)
    {
        var fields = new List<string?>();
        var field = new StringBuilder();
        int start = 0;
        for (int i = 0; i <= line.Length; i++)
        {
            if (i == line.Length || line[i] == ':')
            {
                fields.Add(line.AsSpan(start, i - start) is "*" ? null : field.ToString());
                field.Clear();
                start = i + 1;
            }
            else
            {
                if (line[i] == '\\' && i + 1 < line.Length)
                    i++;
                field.Append(line[i]);
            }
        }

        return fields;
    }
}
