using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace ProcessDedup.Servers;

/// <summary>Ports for servers that have to be told theirs.</summary>
internal static class FreePort
{
    private const int First = 10_000;
    private const int Enough = 1000;
    private const int Attempts = 100;

    /// <summary>
    /// One on which nobody listens, from where the system takes none for a connection or for a server that takes any: on a busy
    /// machine such a one would be lost before the server is up, or while it is started again.
    /// </summary>
    public static int Next()
    {
        int end = FirstOfSystem();
        for (int attempt = 0; attempt < Attempts && end >= First + Enough; attempt++)
        {
            int port = RandomNumberGenerator.GetInt32(First, end);
            if (TryListen(port) is { } free)
                return free;
        }

        return TryListen(0) ?? throw new IOException("No port is free.");
    }

    private static int FirstOfSystem()
    {
        const string range = "/proc/sys/net/ipv4/ip_local_port_range";
        return File.Exists(range) ? int.Parse(File.ReadAllText(range).Split('\t')[0], CultureInfo.InvariantCulture) : 0;
    }

    private static int? TryListen(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
