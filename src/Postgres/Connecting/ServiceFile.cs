using System;
using System.Collections.Generic;
using System.IO;
using ProcessDedup.Coordination;
using ProcessDedup.Messages;

namespace ProcessDedup.Postgres;

/// <summary>
/// Named connections (https://www.postgresql.org/docs/current/libpq-pgservice.html): PGSERVICEFILE or ~/.pg_service.conf, then
/// pg_service.conf in PGSYSCONFDIR.
/// </summary>
internal static class ServiceFile
{
    // Where Debian and the packages of postgresql.org have the machine's own.
    private static readonly string[] SystemDirectories = ["/etc/postgresql-common", "/etc/sysconfig/pgsql", "/etc"];

    /// <exception cref="CoordinatorException">No file has it, or it is malformed. Nothing of the file is in the message.</exception>
    public static IReadOnlyDictionary<string, string> Find(string service)
    {
        foreach (string file in Files())
        {
            if (TryFind(file, service) is { } found)
                return found;
        }

        throw CoordinatorFailures.Invalid(Message.Of(Key.ReasonServiceUnknown));
    }

    private static IEnumerable<string> Files()
    {
        if (Environment.GetEnvironmentVariable("PGSERVICEFILE") is { Length: > 0 } given)
            yield return given;
        else if (OperatingSystem.IsWindows())
            yield return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData), "postgresql", ".pg_service.conf");
        else
            yield return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".pg_service.conf");
        string[] directories = Environment.GetEnvironmentVariable("PGSYSCONFDIR") is { Length: > 0 } own ? [own] : SystemDirectories;
        foreach (string directory in directories)
            yield return Path.Combine(directory, "pg_service.conf");
    }

    private static Dictionary<string, string>? TryFind(string file, string service)
    {
        string[] lines;
        try
        {
            lines = File.ReadAllLines(file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw CoordinatorFailures.Invalid(Message.Of(Key.ReasonServiceFileUnreadable));
        }

        Dictionary<string, string>? found = null;
        foreach (string line in lines)
        {
            string text = line.Trim();
            if (text.Length == 0 || text[0] == '#')
                continue;
            if (text[0] == '[')
            {
                if (found is not null)
                    return found;
                if (text == "[" + service + "]")
                    found = new Dictionary<string, string>(StringComparer.Ordinal);
            }
            else if (found is not null)
            {
                int equals = text.IndexOf('=');
                string keyword = equals > 0 ? text[..equals] : string.Empty;
                // A service of a service is refused by libpq as well.
                if (!LibpqKeywords.IsKnown(keyword) || keyword == LibpqKeywords.Service)
                    throw CoordinatorFailures.Invalid(Message.Of(Key.ReasonServiceMalformed));
                // The first one counts, as in libpq.
                found.TryAdd(keyword, text[(equals + 1)..]);
            }
        }

        return found;
    }
}
