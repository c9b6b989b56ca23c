using System;
using System.Collections.Generic;
using System.Data.Common;
using Npgsql;
using ProcessDedup.Coordination;
using ProcessDedup.Messages;

namespace ProcessDedup.Postgres;

/// <summary>
/// A coordinator as people give it: a URI, the pairs of libpq or those of Npgsql. Each is read strictly, and whatever cannot
/// be read is not repeated, as a password may stand in any place of it.
/// </summary>
internal static class ConnectionText
{
    // Their text goes to the server, or shows up in errors; the session sets what it needs.
    private static readonly string[] Unused = ["Application Name", "Search Path", "Client Encoding", "Encoding", "Timezone", "Target Session Attributes"];

    /// <exception cref="CoordinatorException"><see cref="CoordinatorError.CoordinatorInvalid"/></exception>
    public static NpgsqlConnectionStringBuilder Read(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
            throw CoordinatorFailures.Invalid(Message.Of(Key.ReasonEmpty));
        NpgsqlConnectionStringBuilder settings;
        try
        {
            settings = PostgresUri.IsOne(text) ? FromLibpq(PostgresUri.Read(text))
                : LibpqPairs.TryRead(text) is { } pairs ? FromLibpq(pairs)
                : FromNpgsql(text);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException or OverflowException or NotSupportedException
            or InvalidCastException)
        {
            // Not even the parser's words: they repeat what was given, and that may be the password.
            throw CoordinatorFailures.Invalid(Message.Of(Key.ReasonNoConnectionText));
        }

        if (string.IsNullOrEmpty(settings.Host))
            throw CoordinatorFailures.Invalid(Message.Of(Key.ReasonNamesNoHost));
        if (settings.Host.Contains(','))
            throw CoordinatorFailures.Invalid(Message.Of(Key.ReasonNamesSeveralHostsAndEachOf));
        HarmlessSettings.Check(settings);
        return settings;
    }

    // What is given counts first, then the service, then the environment: libpq's order.
    private static NpgsqlConnectionStringBuilder FromLibpq(IReadOnlyDictionary<string, string> given)
    {
        var all = new Dictionary<string, string>(given, StringComparer.Ordinal);
        if ((given.GetValueOrDefault(LibpqKeywords.Service) ?? LibpqEnvironment.Service) is { Length: > 0 } service)
        {
            foreach ((string keyword, string value) in ServiceFile.Find(service))
                all.TryAdd(keyword, value);
        }

        LibpqEnvironment.AddTo(all, withPlace: true);
        var settings = new NpgsqlConnectionStringBuilder();
        LibpqKeywords.Apply(all, settings);
        return settings;
    }

    // Of the environment only how to connect, as Npgsql has it. Where to is not left to variables that a job may have set for
    // a database of its own: its locks would be on another server than everybody else's.
    private static NpgsqlConnectionStringBuilder FromNpgsql(string text)
    {
        var ways = new Dictionary<string, string>(StringComparer.Ordinal);
        LibpqEnvironment.AddTo(ways, withPlace: false);
        var settings = new NpgsqlConnectionStringBuilder();
        LibpqKeywords.Apply(ways, settings);
        var given = new DbConnectionStringBuilder { ConnectionString = text };
        foreach (string keyword in given.Keys)
            settings[keyword] = given[keyword];
        foreach (string keyword in Unused)
            settings.Remove(keyword);
        return settings;
    }
}
