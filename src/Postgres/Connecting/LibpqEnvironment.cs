using System;
using System.Collections.Generic;

namespace ProcessDedup.Postgres;

/// <summary>PostgreSQL's environment variables (https://www.postgresql.org/docs/current/libpq-envars.html).</summary>
internal static class LibpqEnvironment
{
    private static readonly (string Variable, string Keyword)[] Places =
    [
        ("PGHOST", LibpqKeywords.Host), ("PGHOSTADDR", LibpqKeywords.HostAddress), ("PGPORT", LibpqKeywords.Port),
        ("PGDATABASE", LibpqKeywords.Database),
    ];

    private static readonly (string Variable, string Keyword)[] Ways =
    [
        ("PGUSER", LibpqKeywords.User), ("PGPASSWORD", LibpqKeywords.Password), ("PGPASSFILE", LibpqKeywords.PassFile),
        ("PGSSLMODE", "sslmode"), ("PGSSLNEGOTIATION", "sslnegotiation"), ("PGSSLCERT", "sslcert"), ("PGSSLKEY", "sslkey"),
        ("PGSSLROOTCERT", "sslrootcert"), ("PGCHANNELBINDING", "channel_binding"), ("PGGSSENCMODE", "gssencmode"),
        ("PGKRBSRVNAME", "krbsrvname"), ("PGREQUIREAUTH", "require_auth"), ("PGOPTIONS", "options"), ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ];

    public static string? Service => Value("PGSERVICE");

    /// <summary>Adds what <paramref name="pairs"/> lacks.</summary>
    /// <param name="pairs">By libpq's keywords.</param>
    /// <param name="withPlace">Also which server and database.</param>
    public static void AddTo(IDictionary<string, string> pairs, bool withPlace)
    {
        foreach ((string variable, string keyword) in Ways)
            Add(variable, keyword);
        if (!withPlace)
            return;
        // A host from elsewhere is not to be led to an address that the environment has.
        bool hasServer = pairs.ContainsKey(LibpqKeywords.Host) || pairs.ContainsKey(LibpqKeywords.HostAddress);
        foreach ((string variable, string keyword) in Places)
        {
            if (!hasServer || keyword is not (LibpqKeywords.Host or LibpqKeywords.HostAddress))
                Add(variable, keyword);
        }

        void Add(string variable, string keyword)
        {
            if (!pairs.ContainsKey(keyword) && Value(variable) is { } value)
                pairs.Add(keyword, value);
        }
    }

    private static string? Value(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;
}
