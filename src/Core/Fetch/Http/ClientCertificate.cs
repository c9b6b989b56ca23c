using System;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Fetch.Http;

/// <summary>A certificate with its private key, and the intermediate ones that stand in the same file.</summary>
internal sealed class ClientCertificate : IEquatable<ClientCertificate>
{
    private ClientCertificate(X509Certificate2 certificate, X509Certificate2Collection chain)
    {
        Thumbprint = certificate.GetCertHashString(HashAlgorithmName.SHA256);
        Context = SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }

    /// <summary>SHA-256 of the certificate.</summary>
    public string Thumbprint { get; }

    /// <summary>For a connection.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <param name="path">PEM, or PKCS #12 (.p12, .pfx) without a password.</param>
    /// <param name="keyPath">The key as PEM; null if it is in the same file.</param>
    /// <exception cref="FetchException">FetchOptionsInvalid: it is no such thing, or its key is missing or encrypted.</exception>
    public static ClientCertificate Read(string path, string? keyPath)
    {
        byte[] content = PemText.ReadBytes(path);
        try
        {
            if (!content.AsSpan().StartsWith("-----BEGIN"u8) && content.AsSpan().IndexOf("-----BEGIN CERTIFICATE-----"u8) < 0)
                return OfPkcs12(content);
            string pem = System.Text.Encoding.UTF8.GetString(content);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(pem);
            var certificate = X509Certificate2.CreateFromPem(pem, keyPath is null ? pem : PemText.Read(keyPath));
            return new ClientCertificate(Usable(certificate), chain);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw FetchFailures.CertificateInvalid(path, Message.Of(Key.ReasonNoCertificateWithKey, e.Message.TrimEnd('.')));
        }
    }

    private static ClientCertificate OfPkcs12(byte[] content)
    {
        var all = new X509Certificate2Collection();
        all.Import(content, null, X509KeyStorageFlags.DefaultKeySet);
        foreach (X509Certificate2 certificate in all)
        {
            if (certificate.HasPrivateKey)
                return new ClientCertificate(certificate, all);
        }

        throw new CryptographicException(Message.Of(Key.ReasonHoldsNoKey));
    }

    // Schannel cannot use a key that lives in memory alone (dotnet/runtime#23749).
    private static X509Certificate2 Usable(X509Certificate2 certificate) => OperatingSystemKind.IsWindows
        ? new X509Certificate2(certificate.Export(X509ContentType.Pkcs12))
        : certificate;

    public bool Equals(ClientCertificate? other) => other?.Thumbprint == Thumbprint;

    public override bool Equals(object? obj) => Equals(obj as ClientCertificate);

    public override int GetHashCode() => Thumbprint.GetHashCode(StringComparison.Ordinal);
}
