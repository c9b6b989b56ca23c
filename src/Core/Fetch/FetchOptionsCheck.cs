using System;

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
            throw FetchFailures.OptionsInvalid(request.Address, "A key must not be empty.", "Give a name for what is made.");
    }

    public static void Check(FetchRequest request)
    {
        string shown = FetchFailures.Public(request.Address);
        if (request.MaxAttempts < 1)
            throw FetchFailures.OptionsInvalid(shown, "At least one attempt is needed.", "Give -MaxAttempts 1 or more.");
        if (request.Proxy is { } proxy && !(proxy.IsAbsoluteUri && proxy.Host.Length > 0 && Array.IndexOf(ProxySchemes, proxy.Scheme) >= 0))
            throw FetchFailures.ProxyInvalid(shown, "it is no http, https or socks address");
        if (request.Mirrors.Count > 0 && !request.Address.TrimStart().StartsWith("http", StringComparison.OrdinalIgnoreCase))
            throw FetchFailures.OptionsInvalid(shown, "Only http and https addresses can have mirrors.", "Leave -Mirror out.");
        if (request.StripComponents < 0 || (request.StripComponents > 0 && !request.Unpack))
            throw FetchFailures.OptionsInvalid(shown, "Only an archive that is unpacked has components to strip.", "Give -Unpack with -StripComponents, and a number from 0.");
        if (request.ReadOnly && request.Destination is null)
            throw FetchFailures.OptionsInvalid(shown, "-ReadOnly says how the copy at a destination is made, and there is none.", "Give -Destination, or leave -ReadOnly out: what is in the cache is read-only.");
        if (request.Timeout < TimeSpan.Zero || request.InactivityTimeout < TimeSpan.Zero || request.MaxAge < TimeSpan.Zero || request.StallTimeout < TimeSpan.Zero || request.StaleIfError < TimeSpan.Zero)
            throw FetchFailures.OptionsInvalid(shown, "A duration cannot be negative.", "Give 0 or more seconds.");
    }
}
