using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Linq;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;
using ProcessDedup.Store;

namespace ProcessDedup.Cli;

/// <summary>What <c>procdedup fetch</c> can be told, and the request that it makes of it.</summary>
internal sealed class FetchOptions
{
    // A thousand years: more than any cache lives, and far from the limits of dates.
    private const double LongestAge = 1000 * 365.25 * 86400;
    private static readonly double LongestTimeout = FetchRequest.LongestTimeout.TotalSeconds;

    private const string Error = "error";
    private const string Proceed = "proceed";

    private readonly Argument<string> _uri = new("URI")
    {
        Description = "http(s)://…, file:///…, git+https://…?ref=…, github:owner/repo[/ref], gitlab:… or sourcehut:…",
    };

    private readonly Option<string?> _sha256 = new("--sha256") { Description = "What it must be: 64 hexadecimal digits.", HelpName = "HASH" };
    private readonly Option<string?> _hash = new("--hash") { Description = "The same as sha512-…, sha384-… or sha256-… of package lock files.", HelpName = "SRI" };
    private readonly Option<string[]> _mirrors = new("--mirror") { Description = "Another address of the same content, tried when the first fails; may be repeated.", HelpName = "URI" };
    private readonly Option<double?> _maxAge = CommandLine.OptionalDuration(
        "--max-age-sec", "How old an answer of the origin may be, in seconds; 0 always asks. Without it the origin says how long it stays fresh.", LongestAge);
    private readonly Option<double?> _stale = CommandLine.OptionalDuration(
        "--stale-if-error-sec", "How many seconds past its freshness it may still be used when the origin cannot be asked. Without it the origin says.", LongestAge);
    private readonly Option<bool> _offline = new("--offline") { Description = "Only from the cache, however old; the network is not asked." };
    private readonly Option<string?> _out = new("--out") { Description = "Put a copy there, in one step, and print its path; a directory that is there, or is made as the path ends in '/', gets a file under its own name.", HelpName = "PATH" };
    private readonly Option<bool> _readOnly = new("--read-only") { Description = "The copy at --out may be a hard link into the cache, as nobody will write to it." };
    private readonly Option<bool> _unpack = new("--unpack") { Description = "It is an archive (zip, 7z, or tar with gzip, bzip2, xz, zstd, lzma or lz4): give the directory that is in it." };
    private readonly Option<int?> _strip = CommandLine.WholeNumber("--strip-components", "How many leading parts of the names in the archive are left out. Without it none.");
    private readonly Option<bool> _decompress = new("--decompress") { Description = "It is one compressed file (gzip, bzip2, xz, zstd, lzma, lz4): give the file." };
    private readonly Option<bool> _allowNames = new("--allow-non-portable-names")
    {
        Description = "Take names from an archive or repository that are a problem on Windows or macOS only: aux.c, a colon, two that differ in case.",
    };

    private readonly Option<bool> _allowLinks = new("--allow-outward-links")
    {
        Description = "Keep links from an archive or repository that are absolute or lead out of it, as they are.",
    };

    private readonly Option<bool> _submodules = new("--submodules") { Description = "A git repository comes with its submodules, and theirs." };
    private readonly Option<bool> _lfs = new("--lfs") { Description = "A git repository comes with its content in LFS instead of pointers; needs git-lfs." };
    private readonly Option<string[]> _headers = new("--header")
    {
        Description = "A header of the request; may be repeated. Other users of the machine can see it in the list of processes: use --header-file for tokens.",
        HelpName = "'Name: value'",
    };

    private readonly Option<string?> _headerFile = new("--header-file")
    {
        Description = "Headers of the request, one a line, that stand in no list of processes; '-' reads standard input.",
        HelpName = "PATH",
    };

    private readonly Option<double> _timeout = CommandLine.Duration(
        "--timeout-sec", "Longest time for all of it in seconds, waiting for others included. 0 is for ever.", 0, LongestTimeout);
    private readonly Option<bool> _noWait = new("--no-wait") { Description = "Do not wait where another process is fetching it." };
    private readonly Option<string> _onTimeout = new("--on-timeout")
    {
        Description = "When another process takes too long: error (exit code 75), or proceed (fetch it too).",
        HelpName = $"{Error}|{Proceed}",
        DefaultValueFactory = _ => Error,
    };

    private readonly Option<double> _inactivity = CommandLine.Duration(
        "--inactivity-timeout-sec", "Give up a connection on which nothing has come for so many seconds. 0 never does.",
        new FetchRequest(string.Empty).InactivityTimeout.TotalSeconds, LongestTimeout);
    private readonly Option<long?> _maxUnpacked = CommandLine.Bytes(
        "--max-unpacked-bytes", "The most that an archive or repository may unpack to. Without it 512 MiB or twenty times the archive.");
    private readonly Option<long?> _maxBytes = CommandLine.Bytes("--max-bytes", "The most that may come. Without it there is no limit.");
    private readonly Option<int?> _attempts = CommandLine.WholeNumber("--attempts", "How often each address is tried. Without it 5.");
    private readonly Option<bool> _ignoreCooldown = new("--ignore-cooldown")
    {
        Description = "Send the request although the server asked for patience (429, 503, a rate limit) and the time is not over.",
    };

    private readonly Option<string?> _proxy = new("--proxy") { Description = "The proxy, instead of what HTTPS_PROXY and its like say. NO_PROXY counts all the same.", HelpName = "URI" };
    private readonly Option<string?> _caFile = new("--ca-file")
    {
        Description = "Certificates of authorities (PEM) to trust instead of the system's.",
        HelpName = "PATH",
    };

    private readonly Option<string?> _certificate = new("--cert")
    {
        Description = "A client certificate with its key, for a server that asks for one: PEM, or PKCS #12 without a password.",
        HelpName = "PATH",
    };

    private readonly Option<string?> _key = new("--key") { Description = "The key of --cert (PEM), if it is in a file of its own.", HelpName = "PATH" };
    private readonly Option<bool> _negotiate = new("--negotiate") { Description = "Log in as the user of this process where the server asks for Negotiate (Kerberos, NTLM)." };
    private readonly Option<bool> _allowNetwork = new("--allow-network-fs")
    {
        Description = "Use a cache on NFS, SMB, 9P or FUSE all the same. More than one process may then fetch.",
    };

    public void AddTo(Command command)
    {
        _onTimeout.AcceptOnlyFromAmong(Error, Proceed);
        command.Add(_uri);
        foreach (Option option in new Option[]
        {
            _sha256, _hash, _mirrors, _maxAge, _stale, _offline, _out, _readOnly, _unpack, _strip, _decompress, _allowNames, _allowLinks, _submodules, _lfs, _headers, _headerFile, _timeout,
            _noWait, _onTimeout, _inactivity, _maxBytes, _maxUnpacked, _attempts, _ignoreCooldown, _proxy, _caFile, _certificate, _key, _negotiate, _allowNetwork,
        })
        {
            command.Add(option);
        }

        command.RefuseOptionAs(_uri);
        command.Validators.Add(Check);
    }

    private void Check(CommandResult result)
    {
        if (result.GetValue(_sha256) is { } hex && (hex.Length != 64 || !hex.All(char.IsAsciiHexDigit)))
            result.AddError(Message.Of(Key.UsageSha256Takes64HexadecimalDigitsNot, hex));
        if (result.GetValue(_sha256) is not null && result.GetValue(_hash) is not null)
            result.AddError(Message.Of(Key.UsageGiveSha256OrHashNotBoth));
        if (result.GetValue(_readOnly) && result.GetValue(_out) is null)
            result.AddError(Message.Of(Key.UsageReadOnlyIsAboutCopyAtOut));
        if (result.GetValue(_strip) is < 0)
            result.AddError(Message.Of(Key.UsageStripComponentsMustNotBeNegative));
        if (result.GetValue(_strip) is > 0 && !result.GetValue(_unpack))
            result.AddError(Message.Of(Key.UsageStripComponentsNeedsUnpack));
        if (result.GetValue(_attempts) is < 1)
            result.AddError(Message.Of(Key.UsageAttemptsMustBe1OrMore));
        if ((result.GetValue(_headers) ?? []).Any(line => RequestHeaders.TryParse(line) is null))
            result.AddError(Message.Of(Key.UsageHeaderTakesNameValue));
        if (result.GetValue(_proxy) is { } proxy && !Uri.TryCreate(proxy, UriKind.Absolute, out _))
            result.AddError(Message.Of(Key.UsageProxyTakesAddressSuchAsHttp));
    }

    /// <exception cref="FetchException">A hash or the file of headers is no such thing.</exception>
    public FetchRequest Read(ParseResult parsed)
    {
        var headers = new List<KeyValuePair<string, string>>();
        foreach (string line in parsed.GetValue(_headers) ?? [])
            headers.Add(RequestHeaders.TryParse(line)!.Value);
        if (parsed.GetValue(_headerFile) is { } file)
            headers.AddRange(RequestHeaders.Read(file));
        var request = new FetchRequest(parsed.GetValue(_uri)!)
        {
            Mirrors = parsed.GetValue(_mirrors) ?? [],
            Expected = (parsed.GetValue(_sha256) ?? parsed.GetValue(_hash)) is { } hash ? ContentHash.Parse(hash) : null,
            MaxAge = CommandLine.Seconds(parsed.GetValue(_maxAge)),
            StaleIfError = CommandLine.Seconds(parsed.GetValue(_stale)),
            Offline = parsed.GetValue(_offline),
            Destination = parsed.GetValue(_out),
            ReadOnly = parsed.GetValue(_readOnly),
            Unpack = parsed.GetValue(_unpack),
            StripComponents = parsed.GetValue(_strip) ?? 0,
            Decompress = parsed.GetValue(_decompress),
            AllowNonPortableNames = parsed.GetValue(_allowNames),
            AllowOutwardLinks = parsed.GetValue(_allowLinks),
            Submodules = parsed.GetValue(_submodules),
            LargeFiles = parsed.GetValue(_lfs),
            Headers = headers,
            Timeout = CommandLine.Seconds(parsed.GetValue(_timeout)),
            NoWait = parsed.GetValue(_noWait),
            ProceedOnTimeout = parsed.GetValue(_onTimeout) == Proceed,
            InactivityTimeout = CommandLine.Seconds(parsed.GetValue(_inactivity)),
            MaxBytes = parsed.GetValue(_maxBytes),
            MaxUnpackedBytes = parsed.GetValue(_maxUnpacked),
            IgnoreCooldown = parsed.GetValue(_ignoreCooldown),
            CaFile = parsed.GetValue(_caFile),
            ClientCertificate = parsed.GetValue(_certificate),
            ClientKey = parsed.GetValue(_key),
            UseDefaultCredentials = parsed.GetValue(_negotiate),
            Proxy = parsed.GetValue(_proxy) is { } proxy ? new Uri(proxy) : null,
            AllowNetworkFileSystem = parsed.GetValue(_allowNetwork),
            // The path outlives this process: whoever started it is about to use it.
            IsForParent = true,
        };
        return parsed.GetValue(_attempts) is { } attempts ? request with { MaxAttempts = attempts } : request;
    }
}
