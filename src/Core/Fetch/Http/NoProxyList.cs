using System;
using System.Globalization;
using System.Linq;
using System.Net;

namespace ProcessDedup.Fetch.Http;

/// <summary>
/// NO_PROXY as curl reads it: names separated by commas or blanks, each for itself and everything below it; "*" alone for all;
/// addresses, also with a prefix length (192.168.0.0/16). A port at the end limits an entry to it, as in Go.
/// </summary>
internal sealed class NoProxyList(string? text)
{
    private readonly string[] _entries = (text ?? string.Empty).Split([',', ' ', '\t'], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Is the address asked without a proxy?</summary>
    public bool Covers(Uri uri)
    {
        if (_entries is ["*"])
            return true;
        string host = uri.IdnHost.Trim('[', ']').TrimEnd('.');
        IPAddress? address = IPAddress.TryParse(host, out IPAddress? parsed) ? parsed : null;
        return _entries.Any(entry => Covers(entry, host, address, uri.Port));
    }

    private static bool Covers(string entry, string host, IPAddress? address, int port)
    {
        (string name, int? onlyPort) = SplitPort(entry);
        if (onlyPort is { } only && only != port)
            return false;
        return address is null ? CoversName(name, host) : CoversAddress(name, address);
    }

    private static (string Name, int? Port) SplitPort(string entry)
    {
        int colon = entry.LastIndexOf(':');
        bool isPort = colon > 0 && (entry.IndexOf(':') == colon || entry[colon - 1] == ']')
            && int.TryParse(entry.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _);
        return isPort ? (entry.Substring(0, colon), int.Parse(entry.AsSpan(colon + 1), CultureInfo.InvariantCulture)) : (entry, null);
    }

    private static bool CoversName(string entry, string host)
    {
        string name = entry.Trim('.');
        return name.Length > 0 && host.EndsWith(name, StringComparison.OrdinalIgnoreCase)
            && (host.Length == name.Length || host[host.Length - name.Length - 1] == '.');
    }

    private static bool CoversAddress(string entry, IPAddress address)
    {
        string bare = entry.Replace("[", string.Empty, StringComparison.Ordinal).Replace("]", string.Empty, StringComparison.Ordinal);
        int slash = bare.IndexOf('/');
        if (!IPAddress.TryParse(slash < 0 ? bare : bare.Substring(0, slash), out IPAddress? network) || network.AddressFamily != address.AddressFamily)
            return false;
        byte[] wanted = network.GetAddressBytes();
        int bits = wanted.Length * 8;
        if (slash >= 0 && (!int.TryParse(bare.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out bits) || bits > wanted.Length * 8))
            return false;
        return IsSamePrefix(wanted, address.GetAddressBytes(), bits);
    }

    private static bool IsSamePrefix(byte[] a, byte[] b, int bits)
    {
        int whole = bits / 8;
        return a.AsSpan(0, whole).SequenceEqual(b.AsSpan(0, whole)) && (bits % 8 == 0 || (a[whole] ^ b[whole]) >> (8 - bits % 8) == 0);
    }
}
