using System;
using System.Globalization;
using System.Linq;
using System.Threading.Tasks;
using Npgsql;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Postgres;

/// <summary>Where the server is and how to speak with it, from a connection string. The password is kept apart: no object of Npgsql's has it.</summary>
internal sealed class ServerAddress
{
    private const int LongestApplicationName = 63;

    private const string Omitted = "…";

    private readonly NpgsqlDataSource _source;
    private readonly string? _password, _passfile, _user, _database;
    private readonly string _host;
    private readonly int _port;

    private ServerAddress(NpgsqlConnectionStringBuilder settings)
    {
        (_password, _passfile, _user) = (settings.Password, settings.Passfile, settings.Username);
        (settings.Password, settings.Passfile) = (null, null);
        (_host, _port, _database) = (settings.Host!, settings.Port, settings.Database);
        Place = PlaceOf(settings);
        ConnectTimeout = TimeSpan.FromSeconds(settings.Timeout == 0 ? 15 : settings.Timeout);
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        // Types of the user's own are of no use here, and asking for them costs a look into the catalogue.
        builder.ConfigureTypeLoading(loading => loading.EnableTypeLoading(false));
        builder.UsePasswordProvider(_ => Password(), (_, _) => ValueTask.FromResult(Password()));
        _source = builder.Build();
    }

    public static string PlaceOf(string connectionString) => PlaceOf(new NpgsqlConnectionStringBuilder(connectionString));

    // As psql understands it, be it a host or the directory of a socket. Other people's connections come here as well.
    private static string PlaceOf(NpgsqlConnectionStringBuilder settings)
    {
        string user = settings.Username is { Length: > 0 } name ? Shown(name) + "@" : string.Empty;
        string database = settings.Database is { Length: > 0 } given ? "/" + Shown(given) : string.Empty;
        string host = settings.Host is { } server && HarmlessSettings.IsHost(server) ? server : Omitted;
        if (host.Contains(':'))
            host = "[" + host + "]";
        return HarmlessSettings.IsSocket(host)
            ? string.Create(CultureInfo.InvariantCulture, $"postgresql://{user}{(database.Length == 0 ? "/" : database)}?host={host}&port={settings.Port}")
            : string.Create(CultureInfo.InvariantCulture, $"postgresql://{user}{host}:{settings.Port}{database}");
    }

    private static string Shown(string name) => HarmlessSettings.IsName(name) ? name : Omitted;

    // Asked for by Npgsql only if the server wants one.
    private string Password()
    {
        if (_password is { Length: > 0 })
            return _password;
        string user = _user ?? Environment.UserName;
        bool isOpen = false;
        return PasswordFile.Find(_passfile, out isOpen, _host, _port.ToString(CultureInfo.InvariantCulture), _database ?? user, user)
            ?? throw CoordinatorFailures.AccessDenied(
                Place, Message.Of(isOpen ? Key.CoordinatorPasswordFileOpen : Key.CoordinatorPasswordMissing), new NpgsqlException());
    }

    /// <summary>For people; without the password.</summary>
    public string Place { get; }

    /// <summary>Longest time for the connection to be there.</summary>
    public TimeSpan ConnectTimeout { get; }

    /// <exception cref="CoordinatorException"><see cref="CoordinatorError.CoordinatorInvalid"/></exception>
    public static ServerAddress Parse(string text)
    {
        NpgsqlConnectionStringBuilder settings = ConnectionText.Read(text);
        // What a pool gives back may be another's, and what the server says unasked is read by whoever watches.
        settings.Pooling = false;
        settings.Multiplexing = false;
        settings.Enlist = false;
        settings.KeepAlive = 0;
        if (!HarmlessSettings.IsSocket(settings.Host!))
        {
            // A socket of this machine has no network that falls silent, and refuses to be asked for this.
            settings.TcpKeepAlive = true;
            settings.TcpKeepAliveTime = 5;
            settings.TcpKeepAliveInterval = 2;
        }

        settings.IncludeErrorDetail = false;
        settings.PersistSecurityInfo = false;
        // Not PGTZ and PGCLIENTENCODING: a server repeats what it does not know.
        settings.Timezone = "UTC";
        settings.ClientEncoding = "UTF8";
        settings.ApplicationName = OwnApplicationName();
        try
        {
            return new ServerAddress(settings);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            // Two settings that do not go together.
            throw CoordinatorFailures.Invalid(Message.Of(Key.ReasonNoConnectionText));
        }
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
