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
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ProcessDedup.Fetch;
using ProcessDedup.Tests.Fetch;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Flight;

/// <summary>A private authority, a server with its certificate, and users who show one.</summary>
public sealed class TlsAccessTests : IDisposable
{
    private readonly Caching _it = new();
    private readonly X509Certificate2 _authority;
    private readonly WebApplication _server;
    private readonly string _caFile;
    private string? _shown;

    public TlsAccessTests()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=Own authority", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-2), DateTimeOffset.UtcNow.AddDays(2));
        _caFile = _it.Place.File("authority.pem");
        File.WriteAllText(_caFile, _authority.ExportCertificatePem());
        X509Certificate2 server = Issue("localhost", out _);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(o => o.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(https =>
        {
            https.ServerCertificate = server;
            https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
            https.ClientCertificateValidation = (certificate, _, _) => certificate.Issuer == "CN=Own authority";
        })));
        _server = builder.Build();
        _server.Run(async context =>
        {
            _shown = context.Connection.ClientCertificate?.Subject;
            if (context.Request.Path == "/away")
                context.Response.Redirect(Root.Replace("localhost", "127.0.0.1", StringComparison.Ordinal) + "/home");
            else if (context.Request.Path == "/closed" && _shown is null)
                context.Response.StatusCode = 403;
            else
                await context.Response.WriteAsync("for " + (_shown ?? "everybody"));
        });
        _server.Start();
    }

    public void Dispose()
    {
        ((IDisposable)_server).Dispose();
        _authority.Dispose();
        _it.Dispose();
    }

    private string Root => _server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses
        .First().Replace("127.0.0.1", "localhost", StringComparison.Ordinal);

    private X509Certificate2 Issue(string name, out string pemFile)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 signed = request.Create(
            _authority, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1), RandomNumberGenerator.GetBytes(8));
        pemFile = _it.Place.File(name + ".pem");
        File.WriteAllText(pemFile, signed.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
        return signed.CopyWithPrivateKey(key);
    }

    [Fact]
    public void A_private_authority_is_trusted_by_the_parameter_alone_as_with_curl()
    {
        string url = Root + "/a";
        FetchException failure = _it.Cache.Fails(new FetchRequest(url), FetchError.FetchConnectionFailed);
        Assert.Contains("-CaFile", failure.NextStep, StringComparison.Ordinal);
        Assert.Equal("for everybody", File.ReadAllText(_it.Cache.Get(new FetchRequest(url) { CaFile = _caFile }).Path));
        // It counts in place of the system's, and another one does not help.
        Issue("stranger", out string stranger);
        _it.Cache.Fails(new FetchRequest(url) { CaFile = stranger, MaxAge = TimeSpan.Zero }, FetchError.FetchConnectionFailed);
        if (!File.Exists("/usr/bin/curl"))
            return;
        foreach ((string file, bool isTrusted) in ((string, bool)[])[(_caFile, true), (stranger, false)])
        {
            using Peer curl = Peer.Run(_it.Place, "curl", "-sf", "--cacert", file, "-o", "/dev/null", url);
            Assert.Equal(isTrusted, curl.Finish().Code == 0);
        }
    }

    [Fact]
    public void A_client_certificate_lets_its_user_in_and_answers_nobody_else()
    {
        Issue("ann", out string ann);
        Issue("eve", out string eve);
        var closed = new FetchRequest(Root + "/closed") { CaFile = _caFile };
        _it.Cache.Fails(closed, FetchError.FetchAccessDenied);
        Assert.Equal("for CN=ann", File.ReadAllText(_it.Cache.Get(closed with { ClientCertificate = ann }).Path));
        Assert.Equal("for CN=eve", File.ReadAllText(_it.Cache.Get(closed with { ClientCertificate = eve }).Path));
        _it.Cache.Fails(closed with { Offline = true }, FetchError.FetchOffline);
        Assert.Equal(FetchStatus.Stale, _it.Cache.Get(closed with { ClientCertificate = ann, Offline = true }).Status);
        if (!File.Exists("/usr/bin/curl"))
            return;
        using Peer curl = Peer.Run(_it.Place, "curl", "-sf", "--cacert", _caFile, "--cert", ann, Root + "/closed");
        Assert.Equal("for CN=ann", curl.Finish().Output);
    }

    [Fact]
    public void The_key_may_be_in_a_file_of_its_own_or_both_in_PKCS12()
    {
        using X509Certificate2 certificate = Issue("bob", out _);
        string cert = _it.Place.File("bob.crt"), key = _it.Place.File("bob.key"), both = _it.Place.File("bob.p12");
        File.WriteAllText(cert, certificate.ExportCertificatePem());
        File.WriteAllText(key, certificate.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
        File.WriteAllBytes(both, certificate.Export(X509ContentType.Pkcs12));
        var closed = new FetchRequest(Root + "/closed") { CaFile = _caFile, MaxAge = TimeSpan.Zero };
        Assert.Equal("for CN=bob", File.ReadAllText(_it.Cache.Get(closed with { ClientCertificate = cert, ClientKey = key }).Path));
        Assert.Equal("for CN=bob", File.ReadAllText(_it.Cache.Get(closed with { ClientCertificate = both }).Path));
        foreach (FetchRequest wrong in (FetchRequest[])[closed with { ClientCertificate = cert }, closed with { ClientKey = key }, closed with { ClientCertificate = _it.Place.File("none") }, closed with { CaFile = key }])
            _it.Cache.Fails(wrong, FetchError.FetchOptionsInvalid);
    }

    [Fact]
    public void A_redirect_to_another_host_is_not_shown_the_certificate()
    {
        Issue("ann", out string ann);
        FetchResult result = _it.Cache.Get(new FetchRequest(Root + "/away") { CaFile = _caFile, ClientCertificate = ann });
        Assert.Equal("for everybody", File.ReadAllText(result.Path));
    }
}
