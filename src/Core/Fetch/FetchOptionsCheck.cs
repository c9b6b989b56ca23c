using System;
using ProcessDedup.Messages;

namespace ProcessDedup.Fetch;

/// <summary>Are the options of a request possible, and possible together? Asked before anything is done.</summary>
internal static class FetchOptionsCheck
{
    // What .NET's handlers know.
    private static readonly string[] ProxySchemes = ["http", "https", "socks4", "socks4a", "socks5"];

    public static void CheckName(FetchRequest request)
    {
        Check(request);
        if (string.IsNullOrWhiteSpace(request.Address))
            throw FetchFailures.KeyEmpty(request.Address);
    }

    public static void Check(FetchRequest request)
    {
        string shown = FetchFailures.Public(request.Address);
        if (request.MaxAttempts < 1)
            throw FetchFailures.AttemptsInvalid(shown);
        if (request.Proxy is { } proxy && !(proxy.IsAbsoluteUri && proxy.Host.Length > 0 && Array.IndexOf(ProxySchemes, proxy.Scheme) >= 0))
            throw FetchFailures.ProxyInvalid(shown, Message.Of(Key.ReasonNoHttpHttpsOrSocksAddress));
        if (request is { ClientKey: not null, ClientCertificate: null })
            throw FetchFailures.KeyWithoutCertificate(shown);
        if ((request.Submodules || request.LargeFiles) && !IsGit(request.Address.TrimStart()))
            throw FetchFailures.NeedsGit(shown);
        if (request.Decompress && (request.Unpack || IsRepository(request.Address.TrimStart())))
            throw FetchFailures.DecompressAndUnpack(shown);
        if (request.Mirrors.Count > 0 && !request.Address.TrimStart().StartsWith("http", StringComparison.OrdinalIgnoreCase))
            throw FetchFailures.MirrorsInvalid(shown);
        if (request.StripComponents < 0 || (request.StripComponents > 0 && !request.Unpack))
            throw FetchFailures.NothingToStrip(shown);
        if (request.ReadOnly && request.Destination is null)
            throw FetchFailures.ReadOnlyNeedsDestination(shown);
        if (request.Timeout < TimeSpan.Zero || request.InactivityTimeout < TimeSpan.Zero || request.MaxAge < TimeSpan.Zero || request.StallTimeout < TimeSpan.Zero || request.StaleIfError < TimeSpan.Zero)
            throw FetchFailures.DurationNegative(shown);
    }

    private static bool IsRepository(string address) => IsGit(address)
        || Array.Exists(["github:", "gitlab:", "sourcehut:"], forge => address.StartsWith(forge, StringComparison.OrdinalIgnoreCase));

    // Not the forges: their archives hold neither.
    private static bool IsGit(string address) =>
        address.StartsWith("git+", StringComparison.OrdinalIgnoreCase) || address.StartsWith("git:", StringComparison.OrdinalIgnoreCase);
}
