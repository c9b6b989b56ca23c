using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using ProcessDedup.Fetch.Archives;
using ProcessDedup.Platform;
using ProcessDedup.Store;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Archives;

/// <summary>What common tools make, unpacked by the tool that is known for it and by us: the same names, bytes, modes, times and links.</summary>
public sealed class PeerTableTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    // In a directory with the tree "t"; the archive is "a".
    private static readonly Dictionary<string, (string Pack, string Unpack)> Table = new()
    {
        ["bsdtar, sparse as it writes by default"] = ("bsdtar -cf ../a .", "bsdtar -xf ../a"),
        ["bsdtar, sparse, read by GNU tar"] = ("bsdtar -cf ../a .", "tar -xf ../a"),
        ["GNU tar, sparse, old GNU form"] = ("tar -S --format=gnu -cf ../a .", "tar -xf ../a"),
        ["GNU tar, sparse 0.0"] = ("tar -S --format=posix --sparse-version=0.0 -cf ../a .", "tar -xf ../a"),
        ["GNU tar, sparse 0.1"] = ("tar -S --format=posix --sparse-version=0.1 -czf ../a .", "tar -xf ../a"),
        ["GNU tar, sparse 1.0"] = ("tar -S --format=posix --sparse-version=1.0 -cf ../a .", "tar -xf ../a"),
        ["tar -r, the last counts"] = (
            "tar -cf ../a file link run && echo changed > file && ln -sfn other link && tar -rf ../a file link && rm run && ln -s file run && tar -rf ../a run",
            "tar -xf ../a"),
        ["tar -r, a link becomes a file"] = ("tar -cf ../a file link && rm link && echo new > link && tar -rf ../a link", "tar -xf ../a"),
        ["tar -r, a hard link is linked again"] = ("ln file hard && tar -cf ../a file hard && tar -rf ../a file hard", "tar -xf ../a"),
        ["gzip with a checksum of its header"] = ("tar -cf ../b . && python3 ../fhcrc.py ../b ../a", "tar -xzf ../a"),
        ["several gzip members and zeros"] = ("tar -cf ../b . && (head -c 5000 ../b | gzip; tail -c +5001 ../b | gzip -9; head -c 700 /dev/zero) > ../a", "tar -xzf ../a 2>/dev/null"),
        ["lzma"] = ("tar -cf ../b . && xz --format=lzma -c ../b > ../a", "xz --format=lzma -dc ../a | tar -xf -"),
        ["lz4"] = ("tar -cf ../b . && lz4 -qc ../b > ../a", "lz4 -dc ../a | tar -xf -"),
        ["names with a leading dot, one component stripped"] = ("tar -cf ../a ./dir ./file ./run", "tar --strip-components=1 -xf ../a"),
        ["names with a leading dot, two components stripped"] = ("tar -cf ../a ./dir", "tar --strip-components=2 -xf ../a"),
        ["pax records of more than one MiB"] = ("python3 ../longpax.py ../a", "tar -xf ../a 2>/dev/null"),
        ["zip with Info-ZIP's Unicode names"] = ("python3 ../upath.py ../a", "unzip -q ../a"),
        ["zip with names of code page 437"] = ("python3 ../cp437.py ../a", "python3 -m zipfile -e ../a ."),
        ["zip with backslashes, as Windows PowerShell 5.1 writes"] = ("python3 ../backslash.py ../a", "unzip -q ../a 2>/dev/null || test -f dir/sub/file"),
        ["zip with Deflate64"] = ("7z a -tzip -mm=Deflate64 -bso0 ../a.zip dir file large && mv ../a.zip ../a", "7z x -tzip -bso0 ../a"),
        ["7z"] = ("7z a -snl -bso0 ../a.7z . && mv ../a.7z ../a", "7z x -t7z -snld -bso0 ../a"),
        ["7z, read by bsdtar"] = ("7z a -snl -bso0 ../a.7z . && mv ../a.7z ../a", "bsdtar -xf ../a"),
        ["hard links, by GNU tar"] = ("ln file dir/hard && ln -f run dir/run && tar -cf ../a .", "tar -xf ../a"),
        ["hard links, by bsdtar"] = ("ln file dir/hard && ln large zz && bsdtar -cf ../a .", "bsdtar -xf ../a"),
        ["zstd of several frames, as pzstd writes it"] = ("tar -cf ../b . && pzstd -q -p 2 ../b -o ../a", "zstd -qdc ../a | tar -xf -"),
        ["zip, by Compress-Archive of PowerShell"] = ("pwsh -NoProfile -NonInteractive -Command 'Compress-Archive -Path ./dir, ./file, ./large -DestinationPath ../a.zip' && mv ../a.zip ../a", "unzip -q ../a"),
        ["zip, stored and deflated"] = ("zip -q0 ../a.zip file && zip -qr ../a.zip dir large run && mv ../a.zip ../a", "unzip -q ../a"),
    };

    private static readonly Dictionary<string, string> Scripts = new()
    {
        ["fhcrc.py"] = """
            import sys, zlib, struct
            data = open(sys.argv[1], 'rb').read()
            head = b'\x1f\x8b\x08' + bytes([2 | 4 | 8 | 16]) + b'\0' * 4 + b'\0\x03' + struct.pack('<H', 3) + b'abc' + b'name\0' + b'comment\0'
            c = zlib.compressobj(9, zlib.DEFLATED, -15)
            open(sys.argv[2], 'wb').write(head + struct.pack('<H', zlib.crc32(head) & 0xffff) + c.compress(data) + c.flush()
                + struct.pack('<II', zlib.crc32(data), len(data) & 0xffffffff))
            """,
        ["longpax.py"] = """
            import sys, tarfile, io
            with tarfile.open(sys.argv[1], 'w', format=tarfile.PAX_FORMAT) as t:
                i = tarfile.TarInfo('file'); i.size = 4; i.mtime = 1.5
                i.pax_headers = {'SCHILY.xattr.user.large': 'x' * 3000000}
                t.addfile(i, io.BytesIO(b'data'))
            """,
        ["upath.py"] = """
            import sys, struct, zlib, zipfile
            class I(zipfile.ZipInfo):
                def _encodeFilenameFlags(self): return self.raw, self.flag_bits & ~0x800
            with zipfile.ZipFile(sys.argv[1], 'w') as z:
                i = I('gruesse', (2020, 2, 2, 2, 2, 2)); i.raw = b'gr\x81\xe1e'; i.create_system = 0
                name = 'grüße ☃'.encode()
                i.extra = struct.pack('<HHBI', 0x7075, len(name) + 5, 1, zlib.crc32(i.raw)) + name
                z.writestr(i, 'snow')
            """,
        ["cp437.py"] = """
            import sys, zipfile
            class I(zipfile.ZipInfo):
                def _encodeFilenameFlags(self): return self.filename.encode('cp437'), self.flag_bits & ~0x800
            with zipfile.ZipFile(sys.argv[1], 'w') as z:
                i = I('für/Größe.txt', (2020, 2, 2, 2, 2, 2)); i.create_system = 0
                z.writestr(i, 'old')
            """,
        ["backslash.py"] = """
            import sys, zipfile
            with zipfile.ZipFile(sys.argv[1], 'w') as z:
                for n, d in (('dir\\sub\\', b''), ('dir\\sub\\file', b'content'), ('top', b'more')):
                    i = zipfile.ZipInfo(n, (2020, 2, 2, 2, 2, 2)); i.filename = n; i.create_system = 0
                    z.writestr(i, d)
            """,
    };

    public static TheoryData<string> Kinds => [.. Table.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void The_same_as_by_the_tool(string kind)
    {
        (string pack, string unpack) = Table[kind];
        foreach (string program in (pack + " ; " + unpack).Split(' ').Where(w => w is "bsdtar" or "zip" or "unzip" or "7z" or "python3" or "pzstd" or "zstd" or "xz" or "lz4" or "pwsh").Distinct())
            Assert.SkipWhen(Programs.Find(program) is null, program + " is not installed");
        foreach ((string name, string text) in Scripts)
            File.WriteAllText(_place.File(name), text);
        MakeTree();
        Directory.CreateDirectory(_place.File("theirs"));
        Run("t", pack);
        Run("theirs", unpack);
        var told = new List<string>();
        int strip = unpack.Contains("--strip-components=", StringComparison.Ordinal) ? unpack[unpack.IndexOf('=', StringComparison.Ordinal) + 1] - '0' : 0;
        Archive.Unpack(_place.File("a"), _place.File("ours"), new UnpackOptions { Told = told.Add, StripComponents = strip }, CancellationToken.None);
        bool hasTimes = !kind.Contains("code page", StringComparison.Ordinal) && !kind.Contains("Deflate64", StringComparison.Ordinal)
            && !kind.Contains("backslashes", StringComparison.Ordinal);
        Assert.Equal(Listing(_place.File("theirs"), hasTimes), Listing(_place.File("ours"), hasTimes));
        // Guessed names, and dropped attributes.
        Assert.Equal(kind.Contains("code page", StringComparison.Ordinal) || kind.Contains("one MiB", StringComparison.Ordinal), told.Count > 0);
        // And as a tree of the store.
        _ = TreeManifest.Of(_place.File("ours"), CancellationToken.None);
    }

    [Fact]
    public void Holes_stay_holes_on_the_disk()
    {
        MakeTree();
        Run("t", "tar -S --format=posix -cf ../a sparse");
        Archive.Unpack(_place.File("a"), _place.File("ours"), new UnpackOptions(), CancellationToken.None);
        Run("ours", "test $(stat -c %b sparse) -lt $(($(stat -c %s sparse) / 512 / 2))");
    }

    private void MakeTree()
    {
        Directory.CreateDirectory(_place.File("t/dir/sub"));
        Run("t", """
            echo content > file; echo deep > dir/sub/deep; printf '#!/bin/sh\n' > run; chmod 755 run; ln -s file link
            seq 1 200000 > large
            printf 'begin' > sparse; truncate -s 3000000 sparse; printf 'middle' | dd of=sparse bs=1 seek=1500000 conv=notrunc status=none
            for i in $(seq 1 60); do printf 'x' | dd of=sparse bs=1 seek=$((1600000 + i * 20000)) conv=notrunc status=none; done
            truncate -s 5000000 hole; : > empty
            touch -d '2020-02-02 02:02:02 UTC' file run dir/sub/deep large sparse hole empty; touch -h -d '2020-02-02 02:02:02 UTC' link
            touch -d '2021-02-02 02:02:02 UTC' dir/sub dir .
            """);
    }

    private void Run(string directory, string script)
    {
        using Peer peer = Peer.Run(_place, "sh", "-ec", $"cd '{_place.File(directory)}'; {script}");
        (int code, string output, string errors) = peer.Finish();
        Assert.True(code == 0, output + errors);
    }

    private static string[] Listing(string tree, bool hasTimes)
    {
        var lines = new List<string>();
        foreach (string path in Directory.EnumerateFileSystemEntries(tree, "*", SearchOption.AllDirectories))
        {
            Assert.True(FileSystem.TryGetFacts(path, out FileFacts facts));
            string content = facts.Type switch
            {
                FileType.Regular => $"{facts.Links} {(facts.Permissions & 0x40) != 0} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)))}",
                FileType.SymbolicLink => "-> " + SymbolicLinks.TryRead(path),
                _ => "directory",
            };
            lines.Add($"{path.Substring(tree.Length)} {content} {(hasTimes && facts.Type != FileType.Directory ? facts.ModifiedNanoseconds : 0)}");
        }

        lines.Sort(StringComparer.Ordinal);
        return [.. lines];
    }
}
