using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Npgsql;
using ProcessDedup.Coordination;
using ProcessDedup.Messages;

namespace ProcessDedup.Postgres;

/// <summary>
/// The shapes of values that may be shown, and sent to a server that repeats them in its errors and its log. A password gets
/// into them where a separator is missing: "host=db password=x" is a host to Npgsql. What has another shape is refused.
/// </summary>
internal static partial class HarmlessSettings
{
    private const int LongestHost = 255; // bytes of a name in the DNS

    /// <exception cref="CoordinatorException">A value has a shape that such a value does not have. It is not in the message.</exception>
    public static void Check(NpgsqlConnectionStringBuilder settings)
    {
        SplitPort(settings);
        Check(settings.Host is not { } host || IsHost(host), LibpqKeywords.Host);
        Check(settings.Port is > 0 and <= IPEndPoint.MaxPort, LibpqKeywords.Port);
        Check(IsName(settings.Database), "database");
        Check(IsName(settings.Username), LibpqKeywords.User);
        Check(IsFile(settings.SslCertificate), "sslcert");
        Check(IsFile(settings.SslKey), "sslkey");
        Check(IsFile(settings.RootCertificate), "sslrootcert");
        Check(settings.KerberosServiceName is not { } service || Word().IsMatch(service), "krbsrvname");
        Check(settings.RequireAuth is not { } methods || Methods().IsMatch(methods), "require_auth");
        Check(settings.Options is not { } options || (Options().IsMatch(options) && !SecretOption().IsMatch(options)), "options");
    }

    public static bool IsHost(string text) => IsSocket(text)
        ? SocketPlace().IsMatch(text)
        : text.Length <= LongestHost && (HostName().IsMatch(text) || (text.Contains(':') && IPAddress.TryParse(text, out IPAddress? address)
            && address.AddressFamily == AddressFamily.InterNetworkV6));

    /// <summary>As Npgsql decides; '@' is Linux's abstract name of a socket.</summary>
    public static bool IsSocket(string host) => host.StartsWith('/') || (host.StartsWith('@') && !System.OperatingSystem.IsWindows());

    public static bool IsName(string? text) => text is not { Length: > 0 } || Name().IsMatch(text);

    private static bool IsFile(string? text) => text is not { Length: > 0 } || File().IsMatch(text);

    // Npgsql takes "db.example:5433" and "[::1]:5433" for a host.
    private static void SplitPort(NpgsqlConnectionStringBuilder settings)
    {
        if (settings.Host is not { } host || IsSocket(host) || HostAndPort().Match(host) is not { Success: true } match)
            return;
        if (match.Groups["port"].Success)
        {
            Check(int.TryParse(match.Groups["port"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and <= IPEndPoint.MaxPort, LibpqKeywords.Port);
            settings.Port = port;
        }

        settings.Host = match.Groups["host"].Value;
    }

    private static void Check(bool isHarmless, string what)
    {
        if (!isHarmless)
            throw CoordinatorFailures.Invalid(Message.Of(Key.ReasonValueUnfit, what));
    }

    [GeneratedRegex(@"^(\[(?<host>[0-9A-Fa-f:.%]+)\]|(?<host>[^:\[\]]+))(:(?<port>[0-9]+))?\z", RegexOptions.CultureInvariant)]
    private static partial Regex HostAndPort();

    [GeneratedRegex(@"^[\p{L}\p{N}_]([\p{L}\p{N}_.-]*)\z", RegexOptions.CultureInvariant)]
    private static partial Regex HostName();

    [GeneratedRegex(@"^[/@][\p{L}\p{N}_./+-]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex SocketPlace();

    // "@" and "\" are in the names of Kerberos and Windows.
    [GeneratedRegex(@"^[\p{L}\p{N}_][\p{L}\p{N}_.+$\\-]*(@[\p{L}\p{N}_.-]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();

    // Of no list "file=…,password=…": so no "=", and no end of a pair.
    [GeneratedRegex(@"^[^=;,&?'""|<>\p{C}]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex File();

    [GeneratedRegex(@"^[A-Za-z0-9_-]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Word();

    [GeneratedRegex(@"^!?[a-z0-9-]+(,!?[a-z0-9-]+)*\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Methods();

    [GeneratedRegex(@"^\s*((-c\s*|--)[A-Za-z_.-]+=[\w.,+/:-]*|(endpoint|project)=[\w.-]+)(\s+((-c\s*|--)[A-Za-z_.-]+=[\w.,+/:-]*))*\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Options();

    [GeneratedRegex("pass|pwd|secret|token|key", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex SecretOption();
}
