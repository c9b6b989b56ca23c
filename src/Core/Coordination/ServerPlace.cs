using System;
using System.Collections.Generic;

namespace ProcessDedup.Coordination;

/// <summary>
/// What <see cref="Coordinator.Place"/> tells, for messages with something to type: <c>postgresql://ci@db.example:5432/agents</c>, or
/// <c>postgresql://ci@/agents?host=/run/postgresql&amp;port=5432</c> for a socket. It never has a password.
/// </summary>
internal readonly struct ServerPlace
{
    private const string Scheme = "postgresql://";

    private ServerPlace(string? user, string? database, string connection)
    {
        User = user;
        Database = database;
        Connection = connection;
    }

    /// <summary>Null if it is left to the server's side to tell.</summary>
    public string? User { get; }

    /// <summary>Null if it is the one called like the user.</summary>
    public string? Database { get; }

    /// <summary>As -Coordinator takes it: "Host=db.example;Port=5432;Username=ci;Database=agents".</summary>
    public string Connection { get; }

    public static ServerPlace Of(string place)
    {
        string rest = place.StartsWith(Scheme, StringComparison.Ordinal) ? place.Substring(Scheme.Length) : place;
        string host = string.Empty, port = string.Empty;
        int query = rest.IndexOf("?host=", StringComparison.Ordinal);
        if (query >= 0)
        {
            string socket = rest.Substring(query + "?host=".Length);
            int and = socket.LastIndexOf("&port=", StringComparison.Ordinal);
            (host, port) = and < 0 ? (socket, string.Empty) : (socket.Substring(0, and), socket.Substring(and + "&port=".Length));
            rest = rest.Substring(0, query);
        }

        // A user may have an "@" in it, and a database as well.
        int slash = rest.IndexOf('/');
        int at = slash > 0 ? rest.LastIndexOf('@', slash - 1) : slash < 0 ? rest.LastIndexOf('@') : -1;
        string? user = at > 0 ? rest.Substring(0, at) : null;
        rest = rest.Substring(at + 1);
        slash = rest.IndexOf('/');
        string? database = slash >= 0 && slash + 1 < rest.Length ? rest.Substring(slash + 1) : null;
        string address = slash >= 0 ? rest.Substring(0, slash) : rest;
        int colon = address.LastIndexOf(':');
        if (query < 0)
            (host, port) = colon < 0 ? (address, string.Empty) : (address.Substring(0, colon), address.Substring(colon + 1));
        var parts = new List<string> { "Host=" + host.Trim('[', ']') };
        if (port.Length > 0)
            parts.Add("Port=" + port);
        if (user is not null)
            parts.Add("Username=" + user);
        if (database is not null)
            parts.Add("Database=" + database);
        return new ServerPlace(user, database, string.Join(";", parts));
    }
}
