using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Threading;

namespace ProcessDedup.Bench.Origin;

/// <summary>nginx on loopback, with a configuration of its own, that serves a directory and writes down who asks.</summary>
internal sealed class Nginx : IDisposable
{
    private const string Program = "/usr/sbin/nginx";
    private const string Mark = "/mark-";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly HttpClient _client = new();
    private readonly string _directory;
    private readonly string _accessLog;
    private readonly int _port;
    private readonly Process _process;
    private int _marks;

    private Nginx(string directory)
    {
        _directory = directory;
        _accessLog = Path.Combine(directory, "access.log");
        _port = FreePort();
        Directory.CreateDirectory(Root);
        string configuration = Path.Combine(directory, "nginx.conf");
        File.WriteAllText(configuration, Configuration());
        _process = Process.Start(new ProcessStartInfo(Program, ["-p", directory, "-c", configuration, "-e", Path.Combine(directory, "error.log")]))!;
        var clock = Stopwatch.StartNew();
        while (!Answers())
        {
            if (_process.HasExited || clock.Elapsed > Patience)
                throw new InvalidOperationException("nginx does not answer: " + File.ReadAllText(Path.Combine(directory, "error.log")));
            Thread.Sleep(10);
        }
    }

    private string Root => Path.Combine(_directory, "www");

    /// <summary>Null if there is no nginx here.</summary>
    public static Nginx? TryStart(string directory) => File.Exists(Program) ? new Nginx(directory) : null;

    /// <summary>Has a file of random bytes, which is in the system's cache afterwards; its address.</summary>
    public Uri Serve(string name, long size)
    {
        string path = Path.Combine(Root, name);
        if (!File.Exists(path))
        {
            byte[] block = new byte[Math.Min(size, 1 << 20)];
            var random = new Random(name.GetHashCode(StringComparison.Ordinal));
            using FileStream file = File.Create(path);
            for (long left = size; left > 0; left -= block.Length)
            {
                random.NextBytes(block);
                file.Write(block, 0, (int)Math.Min(block.Length, left));
            }

            // Its write-back must not fall into what is measured.
            file.Flush(flushToDisk: true);
        }

        return Address(name);
    }

    public string PathOf(Uri address) => Path.Combine(Root, address.AbsolutePath[1..]);

    /// <summary>How many GETs for an address have been answered so far, whatever the query.</summary>
    public int Gets(Uri address)
    {
        // Lines are written as requests end, in one process: when this one is there, all before it are.
        string mark = Mark + (++_marks).ToString(CultureInfo.InvariantCulture);
        Ask(mark);
        var clock = Stopwatch.StartNew();
        for (; ; Thread.Sleep(1))
        {
            string[] lines = File.ReadAllLines(_accessLog);
            if (lines.Contains("GET " + mark))
                return lines.Count(line => line == "GET " + address.AbsolutePath);
            if (clock.Elapsed > Patience)
                throw new TimeoutException("nginx writes no access log.");
        }
    }

    private Uri Address(string name) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}/{name}"));

    private bool Answers()
    {
        try
        {
            Ask("/");
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private void Ask(string path)
    {
        using HttpResponseMessage response = _client.Send(new HttpRequestMessage(HttpMethod.Get, new Uri(Address(string.Empty), path)));
    }

    // One process: it stays the user that started it, who alone may enter the directory.
    private string Configuration() => string.Create(CultureInfo.InvariantCulture, $$"""
        daemon off;
        master_process off;
        pid {{_directory}}/nginx.pid;
        events { worker_connections 1024; }
        http {
          sendfile on;
          tcp_nopush on;
          log_format request '$request_method $uri';
          access_log {{_accessLog}} request;
          client_body_temp_path {{_directory}}/body;
          proxy_temp_path {{_directory}}/proxy;
          fastcgi_temp_path {{_directory}}/fastcgi;
          uwsgi_temp_path {{_directory}}/uwsgi;
          scgi_temp_path {{_directory}}/scgi;
          server { listen 127.0.0.1:{{_port}} backlog=1024; root {{Root}}; }
        }

        """);

    private static int FreePort()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        return port;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _client.Dispose();
    }
}
