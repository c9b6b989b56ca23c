using System.Net.Security;

namespace ProcessDedup.Fetch.Http;

/// <summary>Which servers are trusted, and how this user shows who it is below HTTP.</summary>
/// <param name="CaFile">Authorities to trust instead of the system's; null for the system's.</param>
/// <param name="Certificate">Shown to a server that asks for one; null for none.</param>
/// <param name="DefaultLogin">Log in as this user, who is that of this process (Negotiate: Kerberos, NTLM); null not to.</param>
internal sealed record HttpAccess(PemAuthorities? CaFile, ClientCertificate? Certificate, DefaultLogin? DefaultLogin)
{
    /// <summary>The system's authorities, and no login.</summary>
    public static readonly HttpAccess Usual = new(null, null, null);

    /// <summary>Does the server learn which user asks?</summary>
    public bool IsAnonymous => Certificate is null && DefaultLogin is null;

    /// <summary>The same trust without a login: for other servers than the one that was asked.</summary>
    public HttpAccess WithoutLogin => IsAnonymous ? this : new HttpAccess(CaFile, null, null);

    /// <summary>A text that is the same for the same login; empty without one.</summary>
    public string Identity => (Certificate is { } certificate ? "certificate\n" + certificate.Thumbprint + "\n" : string.Empty)
        + DefaultLogin?.Identity;

    /// <summary>What a request has.</summary>
    /// <exception cref="FetchException">FetchOptionsInvalid: a file is not what it should be.</exception>
    public static HttpAccess Of(FetchRequest request) => request is { CaFile: null, ClientCertificate: null, UseDefaultCredentials: false } && PemAuthorities.FromEnvironment() is null
        ? Usual
        : new HttpAccess(
            request.CaFile is { } file ? PemAuthorities.Read(file) : PemAuthorities.FromEnvironment(),
            request.ClientCertificate is { } certificate ? ClientCertificate.Read(certificate, request.ClientKey) : null,
            request.UseDefaultCredentials ? DefaultLogin.Find() : null);

    /// <summary>For a connection.</summary>
    public SslClientAuthenticationOptions ToSslOptions()
    {
        var options = new SslClientAuthenticationOptions();
        if (CaFile is { } authorities)
            options.CertificateChainPolicy = authorities.Policy();
        if (Certificate is { } certificate)
            options.ClientCertificateContext = certificate.Context;
        return options;
    }
}
