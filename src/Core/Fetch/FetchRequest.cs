using System;
using System.Collections.Generic;
using System.Net;
using ProcessDedup.Coordination;
using ProcessDedup.Platform;
using ProcessDedup.Retry;
using ProcessDedup.Store;
using ProcessDedup.Substituters;

namespace ProcessDedup.Fetch;

/// <summary>What is wanted, and how fresh.</summary>
public sealed record FetchRequest
{
    /// <summary>The longest that a timeout may be: a year.</summary>
    public static readonly TimeSpan LongestTimeout = TimeSpan.FromSeconds(LongestDurations.WorkSec);

    /// <summary>Wants what is at an address.</summary>
    public FetchRequest(string address) => Address = address ?? throw new ArgumentNullException(nameof(address));

    /// <summary>
    /// <c>http(s)://</c>, <c>file://</c>, <c>git+https://…?ref=&amp;rev=</c>, <c>github:owner/repo[/ref]</c>,
    /// <c>gitlab:</c> or <c>sourcehut:</c>.
    /// </summary>
    public string Address { get; }

    /// <summary>Other http and https addresses of the same content, tried in their order when the first fails.</summary>
    public IReadOnlyList<string> Mirrors { get; init; } = [];

    /// <summary>What the content must be; what has this hash is fresh for ever.</summary>
    public ContentHash? Expected { get; init; }

    /// <summary>
    /// How old an answer may be. Zero always asks the origin. Null leaves it to the origin, by RFC 9111; which commit a
    /// branch or tag of a repository means is then good for an hour. A commit itself is good for ever.
    /// </summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>
    /// How long past its freshness an answer may still be used when the origin cannot be asked (RFC 5861); null leaves
    /// it to the origin.
    /// </summary>
    public TimeSpan? StaleIfError { get; init; }

    /// <summary>Only from the cache, however old; the network is not asked.</summary>
    public bool Offline { get; init; }

    /// <summary>The content is an archive: give the directory that is in it.</summary>
    public bool Unpack { get; init; }

    /// <summary>The content is one compressed file (tool.gz): give the file. With a name as gunzip gives it.</summary>
    public bool Decompress { get; init; }

    /// <summary>
    /// Take names that are a problem on Windows or macOS only ("aux.c", ':', two that differ in case); there they are refused all
    /// the same.
    /// </summary>
    public bool AllowNonPortableNames { get; init; }

    /// <summary>
    /// Keep links that are absolute or lead out of the tree as they are. They are never followed here. On Windows they are refused
    /// all the same.
    /// </summary>
    public bool AllowOutwardLinks { get; init; }

    /// <summary>How many leading parts of the names in the archive are left out.</summary>
    public int StripComponents { get; init; }

    /// <summary>A git repository comes with its submodules, and theirs.</summary>
    public bool Submodules { get; init; }

    /// <summary>A git repository comes with its content in LFS instead of the pointers to it; needs the program git-lfs.</summary>
    public bool LargeFiles { get; init; }

    /// <summary>The most that an archive may unpack to, in bytes; null: 512 MiB or twenty times its size.</summary>
    public long? MaxUnpackedBytes { get; init; }

    /// <summary>Headers of the request. Never written down, and not sent to other hosts than the first.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Who asks. Never written down, and not sent to other hosts than the first.</summary>
    public NetworkCredential? Credential { get; init; }

    /// <summary>A PEM file with the authorities to trust instead of the system's; null for the system's (SSL_CERT_FILE).</summary>
    public string? CaFile { get; init; }

    /// <summary>
    /// A certificate with its key (PEM, or PKCS #12 without a password) for servers that ask for one. Shown to the first scheme,
    /// host and port alone.
    /// </summary>
    public string? ClientCertificate { get; init; }

    /// <summary>A PEM file with the key of <see cref="ClientCertificate"/>, if it is not in the same file.</summary>
    public string? ClientKey { get; init; }

    /// <summary>
    /// Log in as the user of this process where the server asks for Negotiate (Kerberos, NTLM); at the first scheme, host and
    /// port alone.
    /// </summary>
    public bool UseDefaultCredentials { get; init; }

    /// <summary>The proxy; null leaves it to the environment.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>Forges at other places than usual.</summary>
    public ForgeUrls Forges { get; init; } = new();

    /// <summary>Longest time for all of it, waiting for others included; zero is for ever.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>Fail at once where another process is fetching it.</summary>
    public bool NoWait { get; init; }

    /// <summary>When another process takes longer than <see cref="Timeout"/>, fetch it too instead of failing. For that it
    /// has the same time again.</summary>
    public bool ProceedOnTimeout { get; init; }

    /// <summary>
    /// Do not wait any longer for another process that makes no progress for this long, but do its work: twice is safe.
    /// Zero waits for it all the same.
    /// </summary>
    public TimeSpan StallTimeout { get; init; }

    /// <summary>Give up a connection on which nothing has come for this long; zero never does.</summary>
    public TimeSpan InactivityTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The most that may come, in bytes; null is any amount.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>How often each address is tried, at least once.</summary>
    public int MaxAttempts { get; init; } = 5;

    /// <summary>Ask a server that has asked this user for patience all the same.</summary>
    public bool IgnoreCooldown { get; init; }

    /// <summary>
    /// Where a copy is to be put; a directory that is there gets a file under its own name. Null gives the path in the
    /// cache, which nobody may write to.
    /// </summary>
    public string? Destination { get; init; }

    /// <summary>The copy may be a hard link into the cache, as nobody will write to it.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>See <see cref="Locks.LockRequest.AllowNetworkFileSystem"/>.</summary>
    public bool AllowNetworkFileSystem { get; init; }

    /// <summary>See <see cref="Locks.LockRequest.Flow"/>.</summary>
    public object? Flow { get; init; }

    /// <summary>
    /// The result is used by the process that started this one, and so is not pruned as long as that one lives.
    /// </summary>
    public bool IsForParent { get; init; }

    /// <summary>
    /// The coordinator of the machines that share what this one gets; null: this machine alone. For what has content
    /// <see cref="PublishTo"/> and <see cref="Substituters"/> are needed too.
    /// </summary>
    public Coordinator? Coordinator { get; init; }

    /// <summary>Where content is looked for that another machine has got, and how these places are dealt with.</summary>
    public SubstituterOptions Substituters { get; init; } = new();

    /// <summary>The substituter to which content is published for the other machines.</summary>
    public string? PublishTo { get; init; }

    /// <summary>Path of a PEM file with the key that signs what is published; null for no signature.</summary>
    public string? SigningKey { get; init; }

    /// <summary>Where to look how far it is; one object a request.</summary>
    public FetchActivity Activity { get; init; } = new();

    /// <summary>
    /// Asks from this moment on: what is complete later is fresh for it. Without it that is when the work begins, which may
    /// be long after, in a list that is worked through.
    /// </summary>
    public FetchRequest AskedNow() => this with { Asked = MachineMoment.Now };

    internal MachineMoment? Asked { get; init; }

    /// <summary>The address without its secrets; what else a request has may be secret as well.</summary>
    public override string ToString() => FetchFailures.Public(Address);
}
