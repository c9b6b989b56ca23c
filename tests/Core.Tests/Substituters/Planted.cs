using System;
using System.IO;
using System.Security.Cryptography;
using ProcessDedup.Store;
using ProcessDedup.Substituters;

namespace ProcessDedup.Tests.Substituters;

/// <summary>Records and packs that no publisher has made, in a directory.</summary>
internal sealed class Planted(Substituting it)
{
    public string Directory { get; } = it.Place.NewDirectory("planted");

    /// <summary>An artifact whose record is true of its pack.</summary>
    public ArtifactRecord PutPack(byte[] pack, string packing = ArtifactRecord.Tar, string? digest = null, long? size = null)
    {
        var record = new ArtifactRecord
        {
            Key = Substituting.Key,
            Name = "planted",
            Digest = digest ?? ContentHash.HexOf("whatever"),
            Size = size ?? 1000,
            Packing = packing,
            PackDigest = Convert.ToHexString(SHA256.HashData(pack)).ToLowerInvariant(),
            PackSize = pack.Length,
            MadeAt = DateTimeOffset.UnixEpoch,
            MadeBy = "nobody",
        };
        Files.Plant(Directory, record.PackPath, pack);
        Put(record);
        return record;
    }

    public void Put(ArtifactRecord record) => PutRecord(ArtifactRecordJson.Write(record));

    public void PutRecord(byte[] record) => Files.Plant(Directory, ArtifactRecord.PathOf(Substituting.Key), record);

    public string RecordFile => Path.Combine(Directory, ArtifactRecord.PathOf(Substituting.Key));
}
