using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Npgsql;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Postgres;

/// <summary>Where the server is and how to speak with it, from a connection string of Npgsql.</summary>
internal sealed class ServerAddress
{
    private const int LongestApplicationName = 63;

    private readonly NpgsqlDataSource _source;

    private ServerAddress(NpgsqlConnectionStringBuilder settings)
    {
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        // Types of the user's own are of no use here, and asking for them costs a look into the catalogue.
        builder.ConfigureTypeLoading(loading => loading.EnableTypeLoading(false));
        _source = builder.Build();
        ConnectTimeout = TimeSpan.FromSeconds(settings.Timeout == 0 ? 15 : settings.Timeout);
        Place = PlaceOf(settings);
    }

    public static string PlaceOf(string connectionString) => PlaceOf(new NpgsqlConnectionStringBuilder(connectionString));

    // As psql understands it, be it a host or the directory of a socket.
    private static string PlaceOf(NpgsqlConnectionStringBuilder settings)
    {
        string user = settings.Username is { Length: > 0 } name ? name + "@" : string.Empty;
        string database = settings.Database is { Length: > 0 } given ? "/" + given : string.Empty;
        string host = settings.Host!.Contains(':') ? "[" + settings.Host + "]" : settings.Host;
        return RedactedCommandLine.Sanitize(IsSocket(settings.Host)
            ? string.Create(CultureInfo.InvariantCulture, $"postgresql://{user}{(database.Length == 0 ? "/" : database)}?host={settings.Host}&port={settings.Port}")
            : string.Create(CultureInfo.InvariantCulture, $"postgresql://{user}{host}:{settings.Port}{database}"));
    }

    // As Npgsql decides; '@' is Linux's abstract name of a socket.
    private static bool IsSocket(string host) => host.StartsWith('/') || (host.StartsWith('@') && !OperatingSystem.IsWindows());

    /// <summary>For people; without the password.</summary>
    public string Place { get; }

    /// <summary>Longest time for the connection to be there.</summary>
    public TimeSpan ConnectTimeout { get; }

    /// <exception cref="CoordinatorException"><see cref="CoordinatorError.CoordinatorInvalid"/></exception>
    public static ServerAddress Parse(string connectionString)
    {
        if (string.IsNullOrWhiteSpace(connectionString))
            throw CoordinatorFailures.Invalid(Message.Of(Key.ReasonEmpty));
        NpgsqlConnectionStringBuilder settings;
        try
        {
            settings = new NpgsqlConnectionStringBuilder(connectionString);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException or OverflowException or NotSupportedException)
        {
            // Not even the parser's words: they repeat what was given, and that may be the password.
            throw CoordinatorFailures.Invalid(Message.Of(Key.ReasonNoListOfKeywordValueThat));
        }

        if (string.IsNullOrEmpty(settings.Host))
            throw CoordinatorFailures.Invalid(Message.Of(Key.ReasonNamesNoHostKeyword));
        if (settings.Host.Contains(','))
            throw CoordinatorFailures.Invalid(Message.Of(Key.ReasonNamesSeveralHostsAndEachOf));
        // What a pool gives back may be another's, and what the server says unasked is read by whoever watches.
        settings.Pooling = false;
        settings.Multiplexing = false;
        settings.Enlist = false;
        settings.KeepAlive = 0;
        if (!IsSocket(settings.Host))
        {
            // A socket of this machine has no network that falls silent, and refuses to be asked for this.
            settings.TcpKeepAlive = true;
            settings.TcpKeepAliveTime = 5;
            settings.TcpKeepAliveInterval = 2;
        }

        settings.IncludeErrorDetail = false;
        settings.PersistSecurityInfo = false;
        settings.ApplicationName = OwnApplicationName();
        return new ServerAddress(settings);
    }

    public NpgsqlConnection NewConnection() => _source.CreateConnection();

    // Every user of the server may read it: who holds a lock is seen before the holder has said so.
    private static string OwnApplicationName()
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"procdedup {ProcessIdentity.Current.ProcessId} {Environment.MachineName}");
        name = new string([.. name.Select(c => c is > ' ' and < '\x7f' or ' ' ? c : '?')]);
        return name.Length <= LongestApplicationName ? name : name[..LongestApplicationName];
    }

    /// <summary>What <see cref="OwnApplicationName"/> of another process tells; null if it is none.</summary>
    public static LockHolder? HolderFrom(string? applicationName)
    {
        string[] words = (applicationName ?? string.Empty).Split(' ', 3);
        return words.Length == 3 && words[0] == "procdedup" && int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out int id)
            ? new LockHolder { ProcessId = id, Host = words[2] }
            : null;
    }
}
