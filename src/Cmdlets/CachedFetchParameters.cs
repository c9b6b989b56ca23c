using System;
using System.Collections;
using System.Management.Automation;
using ProcessDedup.Retry;

namespace ProcessDedup.Cmdlets;

/// <summary>What Get-CachedFetch can be told; the other part makes the request of it.</summary>
public abstract partial class CachedFetchParameters : FetchCmdlet
{
    private protected const string ByUri = "ByUri";
    private protected const string ByScript = "ByScript";

    /// <summary>
    /// What to get: http(s)://, file://, git+https://…?ref=&amp;rev=, github:owner/repo[/ref], gitlab:, sourcehut:.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByUri, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Url")]
    [AllowEmptyString]
    public string[]? Uri { get; set; }

    /// <summary>The name of what the block makes; who asks for the same name and inputs shares the result.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ByScript)]
    [AllowEmptyString]
    public string? Key { get; set; }

    /// <summary>
    /// Fills the directory whose path is its first argument, by whatever program it likes. It runs in one process; the
    /// others get the directory that it filled.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByScript)]
    [ValidateNotNull]
    public ScriptBlock? ScriptBlock { get; set; }

    /// <summary>More arguments of the block.</summary>
    [Parameter(ParameterSetName = ByScript)]
    [Alias("Args")]
    public object[]? ArgumentList { get; set; }

    /// <summary>
    /// Files that the block's result depends on by their content, such as a package lock file: paths, directories with all that is
    /// in them, and patterns such as 'src/**/*.cs'.
    /// </summary>
    [Parameter(ParameterSetName = ByScript)]
    [ValidateNotNullOrEmpty]
    public string[]? InputPath { get; set; }

    /// <summary>Other http(s) addresses of the same content, tried in their order when the first fails.</summary>
    [Parameter(ParameterSetName = ByUri)]
    [ValidateNotNullOrEmpty]
    public string[]? Mirror { get; set; }

    /// <summary>What the content must be, as 64 hexadecimal digits.</summary>
    [Parameter(ParameterSetName = ByUri)]
    [ValidateNotNullOrEmpty]
    public string? Sha256 { get; set; }

    /// <summary>What the content must be, as package lock files have it: sha512-…, sha384-…, sha256-… and base64.</summary>
    [Parameter(ParameterSetName = ByUri)]
    [Alias("Hash")]
    [ValidateNotNullOrEmpty]
    public string? Integrity { get; set; }

    /// <summary>
    /// How many seconds old an answer may be; 0 always asks the origin. Without it the origin says how long (RFC 9111),
    /// and what a block made is right for ever.
    /// </summary>
    [Parameter]
    [ValidateRange(0, LongestDurations.WorkSec)]
    [Duration]
    public double MaxAgeSec { get; set; }

    /// <summary>
    /// For how many seconds past its freshness an answer may be used when the origin cannot be asked; without it the
    /// origin says (RFC 5861).
    /// </summary>
    [Parameter(ParameterSetName = ByUri)]
    [ValidateRange(0, LongestDurations.WorkSec)]
    [Duration]
    public double StaleIfErrorSec { get; set; }

    /// <summary>Only from the cache, however old.</summary>
    [Parameter]
    public SwitchParameter Offline { get; set; }

    /// <summary>It is an archive (zip, 7z, or tar in gzip, bzip2, xz, zstd, lzma or lz4): give the directory that is in it.</summary>
    [Parameter(ParameterSetName = ByUri)]
    public SwitchParameter Unpack { get; set; }

    /// <summary>How many leading parts of the names in the archive are left out.</summary>
    [Parameter(ParameterSetName = ByUri)]
    [ValidateRange(0, 1000)]
    public int StripComponents { get; set; }

    /// <summary>It is one compressed file (gzip, bzip2, xz, zstd, lzma, lz4): give the file.</summary>
    [Parameter(ParameterSetName = ByUri)]
    public SwitchParameter Decompress { get; set; }

    /// <summary>
    /// Take names from an archive or repository that are a problem on Windows or macOS only: aux.c, a colon, two that differ in case.
    /// </summary>
    [Parameter(ParameterSetName = ByUri)]
    public SwitchParameter AllowNonPortableNames { get; set; }

    /// <summary>
    /// Keep links from an archive or repository that are absolute or lead out of it, as they are. They are never followed here;
    /// what reads or writes through them reaches files of this machine.
    /// </summary>
    [Parameter(ParameterSetName = ByUri)]
    public SwitchParameter AllowOutwardLinks { get; set; }

    /// <summary>A git repository comes with its submodules, and theirs.</summary>
    [Parameter(ParameterSetName = ByUri)]
    public SwitchParameter Submodules { get; set; }

    /// <summary>A git repository comes with its content in LFS instead of pointers; needs git-lfs.</summary>
    [Parameter(ParameterSetName = ByUri)]
    [Alias("Lfs")]
    public SwitchParameter LargeFiles { get; set; }

    /// <summary>The most that an archive may unpack to, in bytes; 512 MiB or twenty times its size without it.</summary>
    [Parameter(ParameterSetName = ByUri)]
    [ValidateRange(1, long.MaxValue)]
    public long MaxUnpackedBytes { get; set; }

    /// <summary>
    /// Where a copy is to be put. A directory that exists gets the file under its own name; a tree needs a path that does
    /// not exist. Without it the path in the cache is given, which nobody may write to.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Destination { get; set; }

    /// <summary>The copy may be a hard link into the cache, as nobody will write to it.</summary>
    [Parameter]
    public SwitchParameter ReadOnly { get; set; }

    /// <summary>Headers of the request; sent to the first host alone and never written down.</summary>
    [Parameter(ParameterSetName = ByUri)]
    [ValidateNotNull]
    public IDictionary? Headers { get; set; }

    /// <summary>Who asks (Basic authentication); sent to the first host alone and never written down.</summary>
    [Parameter(ParameterSetName = ByUri)]
    [ValidateNotNull]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>The proxy; without it HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY count.</summary>
    [Parameter(ParameterSetName = ByUri)]
    [ValidateNotNull]
    public Uri? Proxy { get; set; }

    /// <summary>Certificates of authorities (PEM) to trust instead of the system's.</summary>
    [Parameter(ParameterSetName = ByUri)]
    [ValidateNotNullOrEmpty]
    public string? CaFile { get; set; }

    /// <summary>A client certificate with its key, for a server that asks for one: PEM, or PKCS #12 without a password.</summary>
    [Parameter(ParameterSetName = ByUri)]
    [ValidateNotNullOrEmpty]
    public string? ClientCertificate { get; set; }

    /// <summary>The key of -ClientCertificate (PEM), if it is in a file of its own.</summary>
    [Parameter(ParameterSetName = ByUri)]
    [ValidateNotNullOrEmpty]
    public string? ClientKey { get; set; }

    /// <summary>Log in as the user of this process where the server asks for Negotiate (Kerberos, NTLM).</summary>
    [Parameter(ParameterSetName = ByUri)]
    public SwitchParameter UseDefaultCredentials { get; set; }

    /// <summary>
    /// Longest time in seconds for each address, waiting for others included; 0 is for ever. A block that has begun takes
    /// the time that it needs.
    /// </summary>
    [Parameter]
    [ValidateRange(0, LongestDurations.WorkSec)]
    [Duration]
    public double TimeoutSec { get; set; }

    /// <summary>Fail at once where another process is at it.</summary>
    [Parameter]
    public SwitchParameter NoWait { get; set; }

    /// <summary>What to do when another process is at it and takes too long.</summary>
    [Parameter]
    public FetchTimeoutAction OnTimeout { get; set; }

    /// <summary>Give up a connection on which nothing has come for so many seconds; 0 never does.</summary>
    [Parameter(ParameterSetName = ByUri)]
    [ValidateRange(0, LongestDurations.WorkSec)]
    [Duration]
    public double InactivityTimeoutSec { get; set; } = 60;

    /// <summary>The most that may come, in bytes.</summary>
    [Parameter(ParameterSetName = ByUri)]
    [ValidateRange(1, long.MaxValue)]
    public long MaxBytes { get; set; }

    /// <summary>How often each address is tried.</summary>
    [Parameter(ParameterSetName = ByUri)]
    [ValidateRange(1, 1000)]
    public int MaxAttempts { get; set; } = 5;

    /// <summary>Send the request although the server asked for patience (429, 503, a rate limit) and the time is not over.</summary>
    [Parameter(ParameterSetName = ByUri)]
    public SwitchParameter IgnoreCooldown { get; set; }

    /// <summary>
    /// How many addresses are fetched at the same time. With 1 each result comes before the next address is read, as
    /// -PipelineVariable needs it.
    /// </summary>
    [Parameter(ParameterSetName = ByUri)]
    [ValidateRange(1, 128)]
    public int ThrottleLimit { get; set; } = 8;

    /// <summary>
    /// Where is looked, with -Coordinator, for what other machines have fetched: directories or shares, http(s) addresses,
    /// s3://bucket/prefix?region=…&amp;endpoint=…; with ?trusted=true at its end one needs no signatures.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Substituter { get; set; }

    /// <summary>
    /// PEM files with public keys (ECDSA, P-256): what a substituter has must be signed by one of them. Without any, no
    /// signature is asked for.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? TrustedKey { get; set; }

    /// <summary>
    /// A substituter to which what is fetched is published at once, with -Coordinator. That it cannot be published is a warning, as the work is done.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? PublishTo { get; set; }

    /// <summary>A PEM file with the private key (ECDSA, P-256) that signs what is published.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? SigningKey { get; set; }

    /// <summary>
    /// The PostgreSQL server of a fleet, as 'Host=db;Database=agents;Username=ci'; without it that of PROCESSDEDUP_COORDINATOR,
    /// and without that this machine alone. It needs -PublishTo and -Substituter: else the variable is passed over.
    /// </summary>
    [Parameter]
    [AllowEmptyString]
    public string? Coordinator { get; set; }

    /// <summary>Use locks on NFS, SMB, 9P or FUSE all the same; what is fetched twice then does no harm.</summary>
    [Parameter]
    public SwitchParameter AllowNetworkFileSystem { get; set; }
}
