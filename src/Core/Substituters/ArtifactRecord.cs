using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using ProcessDedup.Fetch.Archives;

namespace ProcessDedup.Substituters;

/// <summary>A signature of an artifact's statement, see <see cref="ArtifactRecord.Statement"/>.</summary>
/// <param name="KeyId">SHA-256 of the public key (SubjectPublicKeyInfo) in hexadecimal digits.</param>
/// <param name="Value">r and s (IEEE P1363) in base64.</param>
internal sealed record ArtifactSignature(string KeyId, string Value);

/// <summary>What a substituter says of a key. Nothing in it is believed before it has been checked.</summary>
internal sealed record ArtifactRecord
{
    public const int FormatVersion = 1;
    public const string Tar = "tar";
    public const string TarGzip = "tar.gz";

    /// <summary>64 hexadecimal digits.</summary>
    public string Key { get; init; } = string.Empty;

    /// <summary>As people know it.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>SHA-256 of the sorted manifest: <see cref="Store.TreeManifest.Digest"/>.</summary>
    public string Digest { get; init; } = string.Empty;

    /// <summary>
    /// Digest of the times of the tree's items (<see cref="Store.TreeTimes"/>), which are in the pack; null: they do not count.
    /// </summary>
    public string? Times { get; init; }

    /// <summary>
    /// Digest of the tree's hard links and extended attributes (<see cref="Store.TreeAttributes"/>), which are in the pack; null: it has none.
    /// </summary>
    public string? Attributes { get; init; }

    /// <summary>The length of all files together.</summary>
    public long Size { get; init; }

    /// <summary>If set, the artifact is this one file of the tree.</summary>
    public string? FileName { get; init; }

    /// <summary>"tar" or "tar.gz".</summary>
    public string Packing { get; init; } = string.Empty;

    /// <summary>SHA-256 of the packed tree.</summary>
    public string PackDigest { get; init; } = string.Empty;

    /// <summary>Length of the packed tree.</summary>
    public long PackSize { get; init; }

    public DateTimeOffset MadeAt { get; init; }

    /// <summary>For people: host and user.</summary>
    public string MadeBy { get; init; } = string.Empty;

    public IReadOnlyList<ArtifactSignature> Signatures { get; init; } = [];

    /// <summary>Where the record of a key is in every substituter.</summary>
    public static string PathOf(string key) => $"artifacts/v1/{key.Substring(0, 2)}/{key}.json";

    /// <summary>Where the packed tree is.</summary>
    public string PackPath => $"packs/{PackDigest.Substring(0, 2)}/{PackDigest}.{Packing}";

    /// <summary>
    /// What is signed. The key is in it, so that what was signed for one key cannot be served for another; the packing is
    /// not, as it says nothing of what is in the pack; the times are not either, as they are no content. Attributes are: a
    /// capability makes another program of the same content. Versions from before take such a signature for none.
    /// </summary>
    public byte[] Statement() => Encoding.UTF8.GetBytes(string.Format(
        CultureInfo.InvariantCulture, "procdedup-artifact {0}\nkey {1}\nsha256 {2}\n{3}\n{4}",
        FormatVersion, Key, Digest, FileName is null ? "tree" : "file " + FileName, Attributes is null ? string.Empty : $"attributes {Attributes}\n"));

    /// <summary>The most bytes that are unpacked of it, by what it says itself and by what no archive may exceed.</summary>
    public static long LargestOf(long packSize) => new UnpackOptions().LimitFor(packSize);
}

/// <summary>What is to be published besides the tree.</summary>
/// <param name="Key">64 hexadecimal digits.</param>
/// <param name="Name">As people know it.</param>
/// <param name="FileName">If set, the artifact is this one file of the tree.</param>
/// <param name="MadeAt">When it was built.</param>
/// <param name="MadeBy">For people: host and user.</param>
internal sealed record ArtifactFacts(string Key, string Name, string? FileName, DateTimeOffset MadeAt, string MadeBy);
