using System;
using System.Collections.Generic;
using System.Linq;
using ProcessDedup.Coordination;
using ProcessDedup.Messages;

namespace ProcessDedup.Postgres;

/// <summary>
/// The form <c>postgresql://ci@db.example:5432/agents?sslmode=require</c>
/// (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS), as libpq's keywords.
/// </summary>
internal static class PostgresUri
{
    private static readonly string[] Schemes = ["postgresql://", "postgres://"];

    public static bool IsOne(string text) => Schemes.Any(scheme => text.StartsWith(scheme, StringComparison.Ordinal));

    /// <exception cref="CoordinatorException">It is malformed. The text is not in the message.</exception>
    public static IReadOnlyDictionary<string, string> Read(string text)
    {
        if (text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)))
            throw CoordinatorFailures.Invalid(Message.Of(Key.ReasonUriHasSpace));
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        string rest = text[Schemes.First(scheme => text.StartsWith(scheme, StringComparison.Ordinal)).Length..];
        // As libpq does: the login ends at the first "@" before any "/", so that a password with either must be encoded.
        int at = rest.IndexOfAny(['@', '/']);
        if (at >= 0 && rest[at] == '@')
        {
            (string user, string? password) = Split(rest[..at], ':');
            Set(LibpqKeywords.User, user);
            if (password is not null)
                Set(LibpqKeywords.Password, password);
            rest = rest[(at + 1)..];
        }

        (rest, string? query) = Split(rest, '?');
        (string server, string? database) = Split(rest, '/');
        if (database is not null)
            Set(LibpqKeywords.Database, database);
        (string host, string? port) = server.StartsWith('[') && server.IndexOf(']') is > 0 and int end
            ? (server[1..end], Split(server[(end + 1)..], ':') is ("", var afterBracket) ? afterBracket : throw Malformed())
            : Split(server, ':');
        if (server.StartsWith('[') && !(host.Contains(':') && HarmlessSettings.IsHost(host)))
            throw Malformed();
        Set(LibpqKeywords.Host, host);
        if (port is not null)
            Set(LibpqKeywords.Port, port);
        foreach (string pair in query?.Split('&') ?? [])
        {
            (string keyword, string? value) = Split(pair, '=');
            if (value is null || value.Contains('='))
                throw Malformed();
            // What JDBC's have.
            (keyword, value) = (keyword, value) == ("ssl", "true") ? ("sslmode", "require") : (Decoded(keyword), value);
            if (!LibpqKeywords.IsKnown(keyword))
                throw CoordinatorFailures.Invalid(Message.Of(Key.ReasonKeywordUnknown));
            Set(keyword, value);
        }

        return pairs;

        void Set(string keyword, string encoded)
        {
            // Empty parts are as if they were missing.
            if (encoded.Length > 0)
                pairs[keyword] = Decoded(encoded);
        }
    }

    private static (string Before, string? After) Split(string text, char separator) =>
        text.IndexOf(separator) is >= 0 and int at ? (text[..at], text[(at + 1)..]) : (text, null);

    private static string Decoded(string text)
    {
        for (int i = text.IndexOf('%'); i >= 0; i = text.IndexOf('%', i + 1))
        {
            if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]) || text.AsSpan(i + 1, 2) is "00")
                throw CoordinatorFailures.Invalid(Message.Of(Key.ReasonUriPercent));
        }

        return Uri.UnescapeDataString(text);
    }

    private static CoordinatorException Malformed() => CoordinatorFailures.Invalid(Message.Of(Key.ReasonMalformed));
}
