using System.IO;

namespace ProcessDedup.Store;

/// <summary>
/// Where everything is below the cache directory. All of it is on one file system, so that a rename publishes.
/// </summary>
internal sealed class StoreLayout(string directory)
{
    public string Directory { get; } = directory;

    /// <summary>What is cached, a record a key: the only thing that makes content visible.</summary>
    public string Index { get; } = Path.Combine(directory, "index", "v1");

    /// <summary>Immutable content by its SHA-256.</summary>
    public string Blobs { get; } = Path.Combine(directory, "blobs", ContentHash.Sha256);

    /// <summary>Hard links to blobs under the names that people and programs know: "libplug.so", "tool.zip".</summary>
    public string Names { get; } = Path.Combine(directory, "names");

    /// <summary>Immutable directories by the SHA-256 of their manifest, which stands beside each.</summary>
    public string Trees { get; } = Path.Combine(directory, "trees", ContentHash.Sha256);

    /// <summary>When the items of trees were last modified, by the tree's digest and that of <see cref="TreeTimes"/>.</summary>
    public string Times { get; } = Path.Combine(directory, "times");

    /// <summary>Hard links and extended attributes of trees, by the tree's digest and that of <see cref="TreeAttributes"/>.</summary>
    public string Attributes { get; } = Path.Combine(directory, "attributes");
    /// <summary>Which trees were read to the last byte in this boot.</summary>
    public string Verified { get; } = Path.Combine(directory, "verified");

    /// <summary>Links to trees that hold their own path, by key.</summary>
    public string Final { get; } = Path.Combine(directory, "final");

    /// <summary>Bare mirrors of git repositories.</summary>
    public string Git { get; } = Path.Combine(directory, "git");

    /// <summary>Downloads that are not complete.</summary>
    public string Partial { get; } = Path.Combine(directory, "partial");

    /// <summary>What is being made, a directory a maker.</summary>
    public string Staging { get; } = Path.Combine(directory, "tmp");

    /// <summary>Failures for those who wait.</summary>
    public string Failures { get; } = Path.Combine(directory, "fail");

    /// <summary>Hosts that asked for patience.</summary>
    public string Hosts { get; } = Path.Combine(directory, "hosts");

    /// <summary>What is known of substituters: which is dead, and what they have not got.</summary>
    public string Substituters { get; } = Path.Combine(directory, "substituters");

    /// <summary>Content that is not what it should be, for people to look at.</summary>
    public string Quarantine { get; } = Path.Combine(directory, "quarantine");

    /// <summary>What is on its way out.</summary>
    public string Trash { get; } = Path.Combine(directory, "trash");

    /// <summary>Which process uses what.</summary>
    public string Leases { get; } = Path.Combine(directory, "leases");

    /// <summary>What happened, a file a day.</summary>
    public string Events { get; } = Path.Combine(directory, "events");

    public string VersionFile => Path.Combine(Directory, "version");

    public string TagFile => Path.Combine(Directory, "CACHEDIR.TAG");

    public string SaltFile => Path.Combine(Directory, "salt");

    public string EntryFile(string key) => Path.Combine(Index, key.Substring(0, 2), key + ".json");

    public string BlobFile(string digest) => Path.Combine(Blobs, digest.Substring(0, 2), digest);

    public string NamesOf(string digest) => Path.Combine(Names, digest.Substring(0, 2), digest);

    public string TreeDirectory(string digest) => Path.Combine(Trees, digest.Substring(0, 2), digest);

    public string ManifestFile(string digest) => TreeDirectory(digest) + ManifestSuffix;

    public string FailureFile(string key) => Path.Combine(Failures, key + ".json");

    public string TimesOf(string digest) => Path.Combine(Times, digest.Substring(0, 2), digest);

    public string TimesFile(string digest, string times) => Path.Combine(TimesOf(digest), times);

    public string AttributesOf(string digest) => Path.Combine(Attributes, digest.Substring(0, 2), digest);

    public string AttributesFile(string digest, string attributes) => Path.Combine(AttributesOf(digest), attributes);
    public string VerifiedFile(string digest) => Path.Combine(Verified, digest.Substring(0, 2), digest);

    public const string ManifestSuffix = ".manifest";
}
