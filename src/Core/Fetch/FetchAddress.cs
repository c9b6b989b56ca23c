using System;
using ProcessDedup.Messages;

namespace ProcessDedup.Fetch;

/// <summary>Which fetcher an address is for.</summary>
internal enum AddressKind
{
    Http,
    File,
    Git,
    Forge,
}

/// <summary>An address, understood as far as is needed to choose its fetcher.</summary>
internal sealed class FetchAddress
{
    private FetchAddress(string text, AddressKind kind, Uri? uri)
    {
        Text = text;
        Kind = kind;
        Uri = uri;
    }

    public string Text { get; }

    public AddressKind Kind { get; }

    /// <summary>For http and file: the address itself, with user info and query.</summary>
    public Uri? Uri { get; }

    /// <exception cref="FetchException"><see cref="FetchError.FetchUriInvalid"/>, <see cref="FetchError.FetchSchemeUnsupported"/></exception>
    public static FetchAddress Parse(string text)
    {
        if (string.IsNullOrWhiteSpace(text))
            throw FetchFailures.UriInvalid(text ?? string.Empty, Message.Of(Key.ReasonEmpty));
        text = text.Trim();
        foreach (char c in text)
        {
            if (char.IsControl(c))
                throw FetchFailures.UriInvalid(text, Message.Of(Key.ReasonContainsControlCharacter));
        }

        int colon = text.IndexOf(':');
        string scheme = colon < 0 ? string.Empty : text.Substring(0, colon).ToLowerInvariant();
        switch (scheme)
        {
            case "http" or "https" or "file":
                return new FetchAddress(text, scheme == "file" ? AddressKind.File : AddressKind.Http, ParseUri(text));
            case "git" or "git+https" or "git+http" or "git+file" or "git+ssh":
                return new FetchAddress(text, AddressKind.Git, null);
            case "github" or "gitlab" or "sourcehut":
                return new FetchAddress(text, AddressKind.Forge, null);
            case "":
                throw FetchFailures.UriInvalid(text, Message.Of(Key.ReasonHasNoScheme));
            default:
                throw FetchFailures.SchemeUnsupported(text, scheme);
        }
    }

    private static Uri ParseUri(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri))
            throw FetchFailures.UriInvalid(text, Message.Of(Key.ReasonMalformed));
        if (uri.IsFile)
        {
            // RFC 8089: "localhost" is this machine.
            if (uri.IsLoopback && uri.IsUnc)
                uri = new Uri("file://" + uri.AbsolutePath);
            if (uri.IsUnc && !Platform.OperatingSystemKind.IsWindows || uri.Query.Length > 0 || uri.Fragment.Length > 0)
                throw FetchFailures.UriInvalid(text, Message.Of(Key.ReasonFileAddressHasNeitherHostNor));
        }
        else if (uri.Host.Length == 0)
        {
            throw FetchFailures.UriInvalid(text, Message.Of(Key.ReasonNamesNoHost));
        }

        return uri;
    }
}
