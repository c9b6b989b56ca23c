using System;
using System.IO;
using System.Linq;
using ProcessDedup.Fetch;
using ProcessDedup.Fetch.Archives;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Archives;

/// <summary>7z archives by 7-Zip and by bsdtar: the same tree as by the program itself, and nothing hostile.</summary>
public sealed class SevenZipTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public SevenZipTests() => Assert.SkipWhen(Programs.Find("7z") is null, "7z is not installed");

    public void Dispose() => _place.Dispose();

    private string Run(string script)
    {
        using Peer peer = Peer.Run(_place, "sh", "-ec", $"cd '{_place.Path}'; {script}");
        (int code, string output, string errors) = peer.Finish();
        Assert.True(code == 0, output + errors);
        return output;
    }

    // A PATH with these programs alone, as procdedup finds them there.
    private (int Code, string Output, string Errors) Fetch(string? programs, params string[] options)
    {
        string bin = _place.NewDirectory("bin" + Guid.NewGuid().ToString("N"));
        foreach (string program in (programs ?? string.Empty).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            Links.ToFile(Path.Combine(bin, program), Programs.Find(program)!);
        using Peer peer = Peer.Run(_place, "env", $"PROCESSDEDUP_HOME={_place.File("home" + Guid.NewGuid().ToString("N"))}", $"PATH={bin}",
            $"DOTNET_ROOT={Programs.DotnetRoot}", Programs.Procdedup, "fetch", "file://" + _place.File("a.7z"), "--unpack", options.Length > 0 ? options[0] : "--offline");
        return peer.Finish();
    }

    private static string Listing(string tree) => string.Join('\n', Directory.EnumerateFileSystemEntries(tree, "*", SearchOption.AllDirectories)
        .Select(path => $"{path[tree.Length..]} {new FileInfo(path).LinkTarget ?? (File.Exists(path) ? $"{(int)Modes.Get(path) & 0x49} {File.GetLastWriteTimeUtc(path).Ticks} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)))}" : "directory")}")
        .Order(StringComparer.Ordinal));

    private void Make(string options = "") => Run($"""
        mkdir -p t/dir/empty; echo hello > t/file; printf '#!/bin/sh\n' > t/run; chmod 755 t/run; ln -s file t/link; : > t/zero; echo deep > 't/dir/dé ep'
        seq 1 300000 > t/large; echo x > 't/a = b'; touch -d '2020-02-02 02:02:02.5 UTC' t/file t/run t/zero t/large 't/a = b' 't/dir/dé ep'
        cd t; 7z a -snl -bso0 {options} ../a.7z .
        """);

    [Theory]
    [InlineData("7z", "")]
    [InlineData("7z", "-ms=off -m0=bzip2")]
    [InlineData("7z", "-m0=ppmd")]
    [InlineData("7za", "-m0=lzma")]
    [InlineData("bsdtar", "")]
    public void The_same_as_by_the_program(string program, string options)
    {
        Assert.SkipWhen(Programs.Find(program) is null, program + " is not installed");
        Make(options);
        Run("mkdir theirs; cd theirs; 7z x -snld -bso0 ../a.7z");
        (int code, string output, string errors) = Fetch(program);
        Assert.True(code == 0, errors);
        Assert.Equal(Listing(_place.File("theirs")), Listing(output.TrimEnd()));
    }

    [Fact]
    public void Without_a_program_the_error_says_what_to_install()
    {
        Make();
        (int code, _, string errors) = Fetch(null);
        Assert.Equal(69, code);
        foreach (string name in new[] { "7zz", "7z", "bsdtar", "libarchive-tools" })
            Assert.Contains(name, errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("7z")]
    [InlineData("bsdtar")]
    public void Names_and_links_that_lead_out_are_refused_as_they_are_written(string program)
    {
        Assert.SkipWhen(Programs.Find(program) is null, program + " is not installed");
        foreach (string name in new[] { "../evil", "/tmp/procdedup-evil", "a/../../evil", "C:evil", "aux" })
        {
            Run($"rm -f a.7z; echo x > good; 7z a -bso0 a.7z good; 7z rn -bso0 a.7z good '{name}'");
            (int code, string output, string errors) = Fetch(program);
            Assert.True(code == 65 && output.Length == 0, $"{name}: {code} {errors}");
        }

        Run("rm -rf l a.7z; mkdir l; ln -s /etc l/abs; cd l; 7z a -snl -bso0 ../a.7z .");
        (int refused, _, string said) = Fetch(program);
        Assert.Equal(65, refused);
        Assert.Contains("--allow-outward-links", said, StringComparison.Ordinal);
        string tree = Fetch(program, "--allow-outward-links").Output.TrimEnd();
        Assert.Equal("/etc", new FileInfo(Path.Combine(tree, "abs")).LinkTarget);
        // A link used as a directory, whatever the option.
        Run("echo x > file; 7z a -bso0 a.7z file; 7z rn -bso0 a.7z file abs/procdedup-evil");
        Assert.Equal(65, Fetch(program, "--allow-outward-links").Code);
        Assert.False(File.Exists("/etc/procdedup-evil") || File.Exists("/tmp/procdedup-evil") || File.Exists(_place.File("evil")));
    }

    [Fact]
    public void What_is_damaged_encrypted_or_too_much_is_refused()
    {
        Make();
        byte[] whole = File.ReadAllBytes(_place.File("a.7z"));
        byte[] damaged = [.. whole];
        damaged[whole.Length / 3] ^= 0x55;
        Assert.Equal(FetchError.ArchiveCorrupt, Tars.ErrorOf(damaged, _place));
        Assert.Equal(FetchError.ArchiveCorrupt, Tars.ErrorOf(whole[..(whole.Length / 2)], _place));
        Assert.Equal(FetchError.ArchiveTooLarge, Tars.ErrorOf(whole, _place, new UnpackOptions { MaxTotalBytes = 100_000 }));
        Assert.Equal(FetchError.ArchiveTooLarge, Tars.ErrorOf(whole, _place, new UnpackOptions { MaxEntries = 3 }));
        Run("7z a -psecret -bso0 content.7z t/file; 7z a -psecret -mhe=on -bso0 headers.7z t/file");
        Assert.Equal(FetchError.ArchiveUnsupported, Tars.ErrorOf(File.ReadAllBytes(_place.File("content.7z")), _place));
        Assert.Equal(FetchError.ArchiveUnsupported, Tars.ErrorOf(File.ReadAllBytes(_place.File("headers.7z")), _place));
        Assert.Null(Tars.ErrorOf(whole, _place));
    }

    public static TheoryData<string> Lists => ["Path = a\nSize = x\n", "Path = a\nb\n", "Path = a\nPath = b\n", "nothing\n", "Path = a\nSize = 1\nCRC = zz\n"];

    [Theory]
    [MemberData(nameof(Lists))]
    public void A_list_that_is_none_is_damage(string list)
    {
        using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(list));
        Assert.ThrowsAny<Exception>(() => SevenZipEntry.ReadAll(stream, "a", 10));
    }
}
