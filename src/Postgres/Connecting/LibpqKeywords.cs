using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Npgsql;
using ProcessDedup.Coordination;
using ProcessDedup.Messages;

namespace ProcessDedup.Postgres;

/// <summary>
/// libpq's keywords (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS), and what each is to Npgsql.
/// </summary>
internal static class LibpqKeywords
{
    public const string Host = "host", HostAddress = "hostaddr", Port = "port", Database = "dbname", User = "user", Password = "password",
        PassFile = "passfile", Service = "service";

    private const int LongestTimeout = 1024; // Npgsql's limit, in seconds

    private delegate void Setter(NpgsqlConnectionStringBuilder settings, string value);

    private static readonly Dictionary<string, SslMode> SslModes = new(StringComparer.Ordinal)
    {
        ["disable"] = SslMode.Disable,
        ["allow"] = SslMode.Allow,
        ["prefer"] = SslMode.Prefer,
        ["require"] = SslMode.Require,
        ["verify-ca"] = SslMode.VerifyCA,
        ["verify-full"] = SslMode.VerifyFull,
    };

    private static readonly Dictionary<string, SslNegotiation> Negotiations =
        new(StringComparer.Ordinal) { ["postgres"] = SslNegotiation.Postgres, ["direct"] = SslNegotiation.Direct };

    private static readonly Dictionary<string, ChannelBinding> Bindings = new(StringComparer.Ordinal)
    {
        ["disable"] = ChannelBinding.Disable,
        ["prefer"] = ChannelBinding.Prefer,
        ["require"] = ChannelBinding.Require,
    };

    private static readonly Dictionary<string, GssEncryptionMode> GssModes = new(StringComparer.Ordinal)
    {
        ["disable"] = GssEncryptionMode.Disable,
        ["prefer"] = GssEncryptionMode.Prefer,
        ["require"] = GssEncryptionMode.Require,
    };

    private static readonly Dictionary<string, string> Methods = new(StringComparer.Ordinal)
    {
        ["password"] = "Password",
        ["md5"] = "MD5",
        ["gss"] = "GSS",
        ["sspi"] = "SSPI",
        ["scram-sha-256"] = "ScramSHA256",
        ["none"] = "None",
    };

    private static readonly Dictionary<string, bool> Writable =
        new(StringComparer.Ordinal) { ["any"] = true, ["read-write"] = true, ["primary"] = true };

    private static readonly Setter Ignored = (_, _) => { };

    private static readonly Dictionary<string, Setter> Setters = new(StringComparer.Ordinal)
    {
        [Host] = (s, v) => s.Host = v,
        [HostAddress] = Ignored,
        [Port] = (s, v) => s.Port = Number(Port, v),
        [Database] = (s, v) => s.Database = v,
        [User] = (s, v) => s.Username = v,
        [Password] = (s, v) => s.Password = v,
        [PassFile] = (s, v) => s.Passfile = v,
        [Service] = Ignored,
        ["sslmode"] = (s, v) => s.SslMode = OneOf("sslmode", v, SslModes),
        ["sslnegotiation"] = (s, v) => s.SslNegotiation = OneOf("sslnegotiation", v, Negotiations),
        ["sslcert"] = (s, v) => s.SslCertificate = v,
        ["sslkey"] = (s, v) => s.SslKey = v,
        ["sslpassword"] = (s, v) => s.SslPassword = v,
        ["sslrootcert"] = SetRootCertificate,
        ["channel_binding"] = (s, v) => s.ChannelBinding = OneOf("channel_binding", v, Bindings),
        ["gssencmode"] = (s, v) => s.GssEncryptionMode = OneOf("gssencmode", v, GssModes),
        ["krbsrvname"] = (s, v) => s.KerberosServiceName = v,
        ["require_auth"] = (s, v) => s.RequireAuth = string.Join(',', v.Split(',').Select(Method)),
        ["options"] = (s, v) => s.Options = v,
        // Zero is for ever in both.
        ["connect_timeout"] = (s, v) => s.Timeout = Math.Min(Number("connect_timeout", v, 0), LongestTimeout),
        // The server must be one that can be written to, which is seen to anyway.
        ["target_session_attrs"] = (_, v) => OneOf("target_session_attrs", v, Writable),
        // What the coordinator decides by itself.
        ["application_name"] = Ignored,
        ["fallback_application_name"] = Ignored,
        ["client_encoding"] = Ignored,
        ["keepalives"] = Ignored,
        ["keepalives_idle"] = Ignored,
        ["keepalives_interval"] = Ignored,
        ["keepalives_count"] = Ignored,
        ["tcp_user_timeout"] = Ignored,
        ["load_balance_hosts"] = Ignored,
        ["sslcompression"] = Ignored,
        ["sslsni"] = Ignored,
    };

    // Of the rest, what would weaken or change the connection if it were passed over: known, and refused by name.
    private static readonly HashSet<string> Impossible = new(StringComparer.Ordinal)
    {
        "requirepeer", "sslcrl", "sslcrldir", "ssl_min_protocol_version", "ssl_max_protocol_version", "sslcertmode", "gsslib", "gssdelegation",
        "replication", "min_protocol_version", "max_protocol_version", "scram_client_key", "scram_server_key",
    };

    public static bool IsKnown(string keyword) => Setters.ContainsKey(keyword) || Impossible.Contains(keyword);

    /// <summary>Sets each in <paramref name="settings"/>.</summary>
    /// <exception cref="CoordinatorException">A value is not of its keyword's kind, or Npgsql has nothing like it.</exception>
    public static void Apply(IReadOnlyDictionary<string, string> pairs, NpgsqlConnectionStringBuilder settings)
    {
        foreach ((string keyword, string value) in pairs)
        {
            if (!Setters.TryGetValue(keyword, out Setter? set))
                throw CoordinatorFailures.Invalid(Message.Of(Key.ReasonKeywordImpossible, keyword));
            // As in libpq, an empty value is none.
            if (value.Length > 0)
                set(settings, value);
        }

        // As libpq has it: who has a root certificate wants the server's checked.
        if (settings.SslMode == SslMode.Require && settings.RootCertificate is not null)
            settings.SslMode = SslMode.VerifyCA;
        if (pairs.GetValueOrDefault(HostAddress) is not { Length: > 0 } address)
            return;
        // libpq connects to the address and checks the certificate for the name; Npgsql has one for both.
        if (pairs.GetValueOrDefault(Host) is { Length: > 0 })
            throw CoordinatorFailures.Invalid(Message.Of(Key.ReasonHostAndAddress));
        settings.Host = address;
    }

    private static void SetRootCertificate(NpgsqlConnectionStringBuilder settings, string value)
    {
        // "The system's": what Npgsql trusts where it has none.
        if (value == "system")
            settings.SslMode = SslMode.VerifyFull;
        else
            settings.RootCertificate = value;
    }

    // "!md5" is all but that.
    private static string Method(string method) => method.StartsWith('!')
        ? "!" + OneOf("require_auth", method[1..], Methods)
        : OneOf("require_auth", method, Methods);

    private static int Number(string keyword, string value, int least = 1) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least
            ? number
            : throw CoordinatorFailures.Invalid(Message.Of(Key.ReasonValueUnfit, keyword));

    private static T OneOf<T>(string keyword, string value, Dictionary<string, T> values) => values.TryGetValue(value, out T? known)
        ? known
        : throw CoordinatorFailures.Invalid(Message.Of(Key.ReasonValueUnfit, keyword));
}
