using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;

namespace ProcessDedup.Servers;

/// <summary>A port for a server that is told its port, and starts a moment later or again.</summary>
internal static class ServerPort
{
    private const string Range = "/proc/sys/net/ipv4/ip_local_port_range";
    private const int LeastPort = 10_000;

    /// <summary>
    /// One that nobody has. The system gives it to nobody meanwhile: those that it gives to who connects, or wants any port, are
    /// others.
    /// </summary>
    public static int Find()
    {
        int end = FirstOfSystem();
        for (int attempts = 0; end - LeastPort > 1000 && attempts < 100; attempts++)
        {
            int port = Random.Shared.Next(LeastPort, end);
            if (TryListen(port) is not null)
                return port;
        }

        return TryListen(0) ?? throw new InvalidOperationException("There is no free port.");
    }

    // Where that is not told, or begins low, any port has to do.
    private static int FirstOfSystem() => File.Exists(Range) && int.TryParse(File.ReadAllText(Range).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).First(), out int first)
        ? first
        : 0;

    private static int? TryListen(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
