using System;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading;

namespace ProcessDedup.Tests.Harness;

/// <summary>The network between a client and a server of this machine, which a test can silence or cut.</summary>
internal sealed class Relay : IDisposable
{
    private readonly TcpListener _listener;
    private readonly ConcurrentBag<TcpClient> _clients = [];
    private readonly ManualResetEventSlim _flows = new(true);
    private readonly int _server;
    private int _cuts;
    private int _accepted;
    private volatile bool _isOver;

    public Relay(int server, IPAddress? address = null)
    {
        _server = server;
        _listener = new TcpListener(address ?? IPAddress.Loopback, 0);
        _listener.Start();
        new Thread(Accept) { IsBackground = true }.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The same connection string, through here.</summary>
    public string Through(string connection) => connection + string.Create(CultureInfo.InvariantCulture, $";Port={Port}");

    /// <summary>What is sent from now on arrives nowhere, and nobody is told.</summary>
    public void Silence() => _flows.Reset();

    public void Resume() => _flows.Set();

    /// <summary>How many connections came here so far.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>The server's next answers are lost: the connection ends when they come.</summary>
    public void CutAtAnswers(int times) => Volatile.Write(ref _cuts, times);

    private void Accept()
    {
        try
        {
            while (!_isOver)
            {
                TcpClient client = _listener.AcceptTcpClient();
                Interlocked.Increment(ref _accepted);
                Join(client);
            }
        }
        catch (Exception e) when (_isOver || e is SocketException)
        {
            // It is over: a listener that was stopped a moment ago says so in several ways.
        }
    }

    private void Join(TcpClient client)
    {
        var server = new TcpClient();
        _clients.Add(client);
        _clients.Add(server);
        try
        {
            server.Connect(IPAddress.Loopback, _server);
            client.NoDelay = server.NoDelay = true;
            Pump(client, server, isAnswer: false);
            Pump(server, client, isAnswer: true);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The one is gone, or the other does not listen: that ends this connection, not those that come.
            client.Dispose();
            server.Dispose();
        }
    }

    private void Pump(TcpClient from, TcpClient to, bool isAnswer) => new Thread(() =>
    {
        byte[] buffer = new byte[65536];
        try
        {
            for (int count; (count = from.GetStream().Read(buffer)) > 0;)
            {
                _flows.Wait();
                if (isAnswer && Volatile.Read(ref _cuts) > 0 && Interlocked.Decrement(ref _cuts) >= 0)
                    break;
                to.GetStream().Write(buffer, 0, count);
            }
        }
        catch (Exception e) when (e is System.IO.IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The other side is gone.
        }

        from.Dispose();
        to.Dispose();
    })
    { IsBackground = true }.Start();

    public void Dispose()
    {
        _isOver = true;
        _flows.Set();
        _listener.Dispose();
        foreach (TcpClient client in _clients)
            client.Dispose();
    }
}
