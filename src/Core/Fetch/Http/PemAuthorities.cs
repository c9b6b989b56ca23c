using System;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Fetch.Http;

/// <summary>Certificates of authorities, as curl's --cacert takes them: trusted instead of the system's.</summary>
internal sealed record PemAuthorities
{
    // serverAuth of RFC 5280 §4.2.1.12.
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private readonly string _pem;

    private PemAuthorities(string pem) => _pem = pem;

    /// <exception cref="FetchException">FetchOptionsInvalid: no certificate can be read there.</exception>
    public static PemAuthorities Read(string path)
    {
        string pem = PemText.Read(path);
        return Certificates(pem, path).Count > 0
            ? new PemAuthorities(pem)
            : throw FetchFailures.CertificateInvalid(path, Message.Of(Key.ReasonHoldsNoCertificate));
    }

    /// <summary>SSL_CERT_FILE where .NET does not read it itself, as on Linux it does.</summary>
    public static PemAuthorities? FromEnvironment() =>
        !OperatingSystemKind.IsLinux && Environment.GetEnvironmentVariable("SSL_CERT_FILE") is { Length: > 0 } file ? Read(file) : null;

    /// <summary>How a server's certificate is judged.</summary>
    public X509ChainPolicy Policy()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        policy.CustomTrustStore.AddRange(Certificates(_pem, string.Empty));
        return policy;
    }

    private static X509Certificate2Collection Certificates(string pem, string path)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
            return certificates;
        }
        catch (CryptographicException e)
        {
            throw FetchFailures.CertificateInvalid(path, e.Message.TrimEnd('.'));
        }
    }
}
