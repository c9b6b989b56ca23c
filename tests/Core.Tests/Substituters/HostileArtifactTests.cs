using System;
using System.Collections.Generic;
using System.Formats.Tar;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using ProcessDedup.Store;
using ProcessDedup.Substituters;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Substituters;

/// <summary>Artifacts of somebody who wishes us ill, or of a program that is broken: refused, and nothing is left of them.</summary>
public sealed class HostileArtifactTests : IDisposable
{
    private readonly Substituting _it = new();
    private readonly Planted _planted;

    public HostileArtifactTests() => _planted = new Planted(_it);

    public void Dispose() => _it.Dispose();

    public static TheoryData<string> Packs => [.. Hostile.Keys];

    private static readonly Dictionary<string, (string Why, Func<byte[]> Pack)> Hostile = new()
    {
        ["absolute"] = ("is absolute", () => Tars.Tar(Tars.FileOf("/tmp/procdedup-hostile"))),
        ["upwards"] = ("leads upwards", () => Tars.Tar(Tars.FileOf("../hostile"))),
        ["upwards inside"] = ("leads upwards", () => Tars.Tar(Tars.FileOf("a/../../hostile"))),
        ["link out"] = ("leads out of the tree", () => Tars.Tar(Tars.LinkOf("out", "../../.."))),
        ["absolute link"] = ("absolute", () => Tars.Tar(Tars.LinkOf("out", "/etc/passwd"))),
        ["through a link"] = ("goes through", () => Tars.Tar(Tars.LinkOf("out", "."), Tars.FileOf("out/hostile"))),
        ["hard link out"] = ("is absolute", () => Tars.Tar(Tars.HardLinkOf("out", "/etc/passwd"))),
        ["device"] = ("is a device", () => Tars.Tar(new PaxTarEntry(TarEntryType.CharacterDevice, "device") { DeviceMajor = 1, DeviceMinor = 3 })),
        ["pipe"] = ("is a device", () => Tars.Tar(new PaxTarEntry(TarEntryType.Fifo, "pipe"))),
        ["twice"] = ("comes twice", () => Tars.Tar(Tars.FileOf("twice"), Tars.FileOf("twice"))),
        ["backslash"] = ("backslash", () => Tars.Tar(Tars.FileOf("a\\b"))),
        ["name too long"] = ("cannot be made here", () => Tars.Tar(Tars.FileOf(new string('n', 300)))),
        ["cut"] = ("ends in the middle", () => Tars.Tar(Tars.FileOf("file", new string('x', 2000)))[..2048]),
        ["no end"] = ("without the mark of its end", () => Tars.Tar(Tars.FileOf("file"))[..^1024]),
        ["zip"] = ("no tar", () => [0x50, 0x4b, 3, 4, .. new byte[1000]]),
        ["xz"] = ("no tar", () => [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, .. new byte[1000]]),
        ["gzip"] = ("no tar", () => Tars.Gzip(Tars.Tar(Tars.FileOf("file")))),
        ["garbage"] = ("no tar", () => Encoding.UTF8.GetBytes("<html>login here</html>")),
    };

    [Theory]
    [MemberData(nameof(Packs))]
    public void A_hostile_pack_is_refused_as_a_whole(string kind)
    {
        _planted.PutPack(Hostile[kind].Pack());
        string before = Listing();
        _it.RefusedFor(Hostile[kind].Why, _planted.Directory);
        Assert.False(File.Exists("/tmp/procdedup-hostile"));
        Assert.Equal(before, Listing());
        // Not dead, not absent: as soon as it is well, it is taken.
        ArtifactRecord good = Good();
        Assert.Equal(good.Digest, _it.Restore(_planted.Directory)!.Record.Digest);
    }

    [Fact]
    public void Names_that_differ_only_in_case_are_not_lost()
    {
        byte[] pack = Tars.Tar(Tars.FileOf("Readme", "one"), Tars.FileOf("README", "two"));
        string tree = _it.Place.NewDirectory("case");
        File.WriteAllText(Path.Combine(tree, "Readme"), "one");
        File.WriteAllText(Path.Combine(tree, "README"), "two");
        TreeManifest manifest = TreeManifest.Of(tree, CancellationToken.None);
        _planted.PutPack(pack, digest: manifest.Digest.Hex, size: 6);
        bool areBothKept = manifest.Items.Count == 2;
        Assert.Equal(areBothKept, _it.Restore(_planted.Directory) is not null);
    }

    [Fact]
    public void A_tree_that_is_not_the_announced_one_is_refused()
    {
        // Of the same length.
        _planted.PutPack(Tars.Tar(Tars.FileOf("file")), size: 7);
        _it.RefusedFor("another digest", _planted.Directory);
        ArtifactRecord good = Good();
        _planted.Put(good with { Size = good.Size + 1 });
        _it.RefusedFor("another digest", _planted.Directory);
        _planted.Put(good with { FileName = "missing" });
        _it.RefusedFor("not in it", _planted.Directory);
        _planted.Put(good with { Packing = ArtifactRecord.TarGzip });
        _it.RefusedFor("not what it is about", _planted.Directory);
    }

    [Fact]
    public void More_than_announced_is_never_unpacked()
    {
        // 200 MB of zeros in 200 kB.
        byte[] bomb = Tars.Gzip(Tars.Tar(Tars.FileOf("zeros", new string('\0', 200_000_000))));
        _planted.PutPack(bomb, ArtifactRecord.TarGzip, size: 10_000_000);
        _it.RefusedFor("too much", _planted.Directory);
        // Announced truly, but out of all proportion.
        _planted.PutPack(bomb, ArtifactRecord.TarGzip, size: 600L << 20);
        _it.RefusedFor("which no artifact does", _planted.Directory);
        ArtifactRecord record = _planted.PutPack(bomb, ArtifactRecord.TarGzip);
        _planted.Put(record with { PackSize = long.MaxValue, Size = long.MaxValue });
        _it.RefusedFor("are free", _planted.Directory);
    }

    [Fact]
    public void What_compresses_well_is_published_so_that_it_is_taken()
    {
        string tree = _it.Place.NewDirectory("zeros");
        using (FileStream file = File.Create(Path.Combine(tree, "zeros")))
            file.SetLength(600L << 20);
        using var nginx = new NginxServer(_it.Place);
        _it.Publish(nginx.Root, tree);
        Substituted restored = _it.Restore(nginx.Root)!;
        Assert.Equal(ArtifactRecord.Tar, restored.Record.Packing);
        Directory.Delete(_it.Filled, recursive: true);
    }

    public static TheoryData<string, string> Fields => new()
    {
        { "\"format\": 1", "\"format\": \"one\"" },
        { "\"format\": 1", "\"form\": 1" },
        { "\"digest\": \"", "\"digest\": \"../../" },
        { "\"packDigest\": \"", "\"packDigest\": \"../../../../etc/passwd#" },
        { "\"packing\": \"tar\"", "\"packing\": \"tar/../../x\"" },
        { "\"packing\": \"tar\"", "\"packing\": \"zip\"" },
        { "\"size\": ", "\"size\": -" },
        { "\"packSize\": ", "\"packSize\": 99999999999999999999" },
        { "\"packSize\": ", "\"packSize\": 1.5e3, \"x\": " },
        { "\"packing\": \"tar\"", "\"packing\": \"tar\", \"file\": \"../a\"" },
        { "\"packing\": \"tar\"", "\"packing\": \"tar\", \"file\": \"/etc/passwd\"" },
        { "\"packing\": \"tar\"", "\"packing\": \"tar\", \"file\": \"\"" },
        { "\"packing\": \"tar\"", "\"packing\": \"tar\", \"file\": \"a\\nkey b\"" },
        { "\"packing\": \"tar\"", "\"packing\": \"tar\", \"file\": 3" },
        { "\"madeAt\": \"", "\"madeAt\": \"soon" },
        { "\"signatures\": [", "\"signatures\": [1, " },
        { "\"signatures\": []", "\"signatures\": {}" },
        { "\"key\": \"", "\"key\": \"0" },
    };

    [Theory]
    [MemberData(nameof(Fields))]
    public void A_record_with_a_wrong_field_is_refused(string text, string wrong)
    {
        ArtifactRecord good = Good();
        string json = Encoding.UTF8.GetString(ArtifactRecordJson.Write(good));
        Assert.Contains(text, json, StringComparison.Ordinal);
        _planted.PutRecord(Encoding.UTF8.GetBytes(json.Replace(text, wrong, StringComparison.Ordinal)));
        _it.RefusedFor("is refused", _planted.Directory);
    }

    [Fact]
    public void The_record_of_another_key_is_refused()
    {
        ArtifactRecord good = Good();
        _planted.Put(good with { Key = ContentHash.HexOf("another") });
        _it.RefusedFor("for another key", _planted.Directory);
    }

    [Fact]
    public void What_a_record_says_cannot_write_on_the_terminal()
    {
        ArtifactRecord good = Good();
        _planted.Put(good with { Name = "\u001b[2Jname", MadeBy = "\r\nme" });
        ArtifactRecord record = _it.Restore(_planted.Directory)!.Record;
        Assert.DoesNotContain(record.Name + record.MadeBy, char.IsControl);
    }

    [Fact]
    public void Links_pipes_and_directories_where_a_record_should_be_are_refused()
    {
        Good();
        File.Move(_planted.RecordFile, _planted.RecordFile + ".real");
        Links.ToFile(_planted.RecordFile, _planted.RecordFile + ".real");
        _it.RefusedFor("no small file", _planted.Directory);
        File.Delete(_planted.RecordFile);
        using (Peer fifo = Peer.Run(_it.Place, "mkfifo", _planted.RecordFile))
            Assert.Equal(0, fifo.WaitForExit());
        _it.RefusedFor("no small file", _planted.Directory);
        File.Delete(_planted.RecordFile);
        Directory.CreateDirectory(_planted.RecordFile);
        _it.RefusedFor("no small file", _planted.Directory);
    }

    private ArtifactRecord Good()
    {
        string tree = _it.Place.NewDirectory("good");
        File.WriteAllText(Path.Combine(tree, "file"), "content");
        return _planted.PutPack(Tars.Tar(Tars.FileOf("file")), digest: TreeManifest.Of(tree, CancellationToken.None).Digest.Hex, size: 7);
    }

    // All but what is remembered of substituters.
    private string Listing() => string.Join('\n', Directory
        .EnumerateFileSystemEntries(_it.Place.Path, "*", SearchOption.AllDirectories)
        .Where(path => !path.Contains("/substituters/", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal));
}
