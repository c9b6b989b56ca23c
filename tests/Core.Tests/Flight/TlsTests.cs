using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Flight;

/// <summary>An origin with a certificate of its own making.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly Caching _it = new();
    private readonly WebApplication _server;
    private readonly string _certificate;
    private int _asked;

    public TlsTests()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        _certificate = _it.Place.File("origin.pem");
        File.WriteAllText(_certificate, certificate.ExportCertificatePem());

        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(o => o.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        _server = builder.Build();
        _server.Run(async context =>
        {
            _asked++;
            await context.Response.WriteAsync("over TLS");
        });
        _server.Start();
    }

    public void Dispose()
    {
        ((IDisposable)_server).Dispose();
        _it.Dispose();
    }

    private string Url => _server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses
        .First().Replace("127.0.0.1", "localhost", StringComparison.Ordinal) + "/a";

    private Answer Get(params string[] environment)
    {
        using Peer peer = Peer.Run(_it.Place, "env", [.. environment, Programs.FetchPeer, "get", "--read", Url]);
        peer.Expect("READY").Say("go");
        return Assert.Single(Caching.AnswersOf(peer));
    }

    [Fact]
    public void What_is_trusted_is_fetched()
    {
        Assert.Null(Get("SSL_CERT_FILE=" + _certificate).ErrorId);
        Assert.Equal(1, _asked);
    }

    [Fact]
    public void What_is_not_trusted_is_refused_at_once()
    {
        Answer answer = Get();
        Assert.Equal("FetchConnectionFailed", answer.ErrorId);
        Assert.Contains("1 attempt", answer.Line, StringComparison.Ordinal);
        Assert.Equal(0, _asked);
    }
}
