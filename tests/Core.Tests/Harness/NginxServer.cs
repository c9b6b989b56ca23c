using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using ProcessDedup.Servers;
using Xunit;

namespace ProcessDedup.Tests.Harness;

/// <summary>A real nginx with WebDAV on loopback, as this user, in a directory of the test's own.</summary>
internal sealed class NginxServer : IDisposable
{
    private readonly Peer _process;

    public NginxServer(TestDirectory place)
    {
        string? program = Programs.Find("nginx") ?? (File.Exists("/usr/sbin/nginx") ? "/usr/sbin/nginx" : null);
        Assert.SkipWhen(program is null, "nginx is not installed (apt-get install nginx-light)");
        Files = place.NewDirectory("nginx-files");
        int port = FreePort();
        Root = FormattableString.Invariant($"http://127.0.0.1:{port}");
        string own = place.NewDirectory("nginx");
        string configuration = Path.Combine(own, "nginx.conf");
        File.WriteAllText(configuration, $$"""
            {{(Environment.UserName == "root" ? "user root;" : "")}}
            daemon off;
            worker_processes 2;
            pid {{own}}/pid;
            error_log {{own}}/error.log;
            events { worker_connections 256; }
            http {
              access_log {{own}}/access.log;
              client_body_temp_path {{own}}/body; proxy_temp_path {{own}}/proxy; fastcgi_temp_path {{own}}/fastcgi;
              uwsgi_temp_path {{own}}/uwsgi; scgi_temp_path {{own}}/scgi;
              server {
                listen 127.0.0.1:{{port}};
                root {{Files}};
                client_max_body_size 0;
                location / { dav_methods PUT DELETE; create_full_put_path on; dav_access user:rw group:r all:r; }
                location /flat/ { dav_methods PUT; }
                location /small/ { dav_methods PUT; create_full_put_path on; client_max_body_size 1k; }
                location /private/ { auth_basic here; auth_basic_user_file {{own}}/users; dav_methods PUT; create_full_put_path on; }
                location /read-only/ { limit_except GET { deny all; } }
              }
            }
            """);
        File.WriteAllText(Path.Combine(own, "users"), "somebody:{PLAIN}pass-of-somebody\n");
        _process = Peer.Run(place, program!, "-c", configuration, "-p", own);
        try
        {
            Eventually.True(() => _process.HasExited || Answers(port), "nginx answers");
            Assert.SkipWhen(_process.HasExited, $"nginx does not run here: {_process.Errors}");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>http://127.0.0.1:PORT</summary>
    public string Root { get; }

    /// <summary>Where its files are.</summary>
    public string Files { get; }

    public static int FreePort() => ServerPort.Find();

    public static bool Answers(int port)
    {
        using var client = new TcpClient();
        try
        {
            client.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            // The master ends its workers; killed, it would leave them behind.
            _process.Signal("TERM");
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}
