using System;
using System.Buffers.Binary;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Fetch.Archives;
using ProcessDedup.Store;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Archives;

/// <summary>Archives that zstd(1) and pzstd(1) have made, judged as <c>zstd -d</c> judges them.</summary>
public sealed class ZstdTests : IDisposable
{
    private readonly TestDirectory _place = new();

    // Random enough that it does not become one block.
    private readonly byte[] _tar;
    private readonly ContentHash _whole;

    public ZstdTests()
    {
        var random = new Random(1);
        _tar = Tars.Tar(
            Tars.FileOf("a", string.Concat(Enumerable.Range(0, 60_000).Select(_ => random.Next().ToString(System.Globalization.CultureInfo.InvariantCulture)))),
            Tars.DirectoryOf("d"),
            Tars.FileOf("d/last", "last"));
        _whole = DigestOf(Tars.Unpack(_tar, _place));
    }

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("-1 -c")]
    [InlineData("-19 -c")]
    [InlineData("--ultra -22 -c")]
    [InlineData("--no-check -c")]
    [InlineData("--long=27 -c")]
    [InlineData("-T0 -B64K -c")]
    [InlineData("--adapt -c")]
    public void Whatever_zstd_takes_by_default_unpacks(string arguments) => Agrees(Zips.Filter(_place, "zstd", arguments, _tar));

    [Fact]
    public void Frames_one_after_another_are_one_archive() => Agrees(
        [.. Zips.Filter(_place, "zstd", "-c", _tar[..70_000]), .. Zips.Filter(_place, "zstd", "-c", _tar[70_000..])]);

    [Fact]
    public void What_pzstd_has_made_unpacks_though_it_begins_with_a_frame_to_skip()
    {
        byte[] archive = Zips.Filter(_place, "pzstd", "-p 2 -c", _tar);
        Assert.Equal([0x50, 0x2a, 0x4d, 0x18], archive[..4]);
        Agrees(archive);
    }

    [Fact]
    public void Frames_to_skip_are_skipped_wherever_they_are()
    {
        byte[] first = Zips.Filter(_place, "zstd", "-c", _tar[..70_000]), second = Zips.Filter(_place, "zstd", "-c", _tar[70_000..]);
        Agrees([.. Skippable(0, 3), .. Skippable(15, 0), .. first, .. Skippable(7, 100_000), .. second, .. Skippable(1, 5)]);
    }

    [Fact]
    public void A_window_that_zstd_refuses_is_refused_before_memory_is_taken_for_it()
    {
        // 2 GiB, of a frame of some kilobytes.
        byte[] archive = Zips.Filter(_place, "zstd", "--ultra --long=31 -c", _tar);
        Assert.NotEqual(0, Judge(archive));
        long before = GC.GetTotalAllocatedBytes(precise: true);
        FetchException e = Unpacked(archive)!;
        Assert.Equal(FetchError.ArchiveUnsupported, e.Error);
        Assert.Contains("128 MiB", e.Cause, StringComparison.Ordinal);
        Assert.True(GC.GetTotalAllocatedBytes(precise: true) - before < 64 << 20);
    }

    [Fact]
    public void What_is_cut_or_changed_anywhere_or_followed_by_something_else_fails_as_it_does_with_zstd()
    {
        byte[] archive = Zips.Filter(_place, "zstd", "-c", _tar);
        var random = new Random(2);
        foreach (int length in Enumerable.Range(0, 40).Select(_ => random.Next(5, archive.Length)).Append(archive.Length - 1))
            Fails(archive[..length], $"cut at {length}");
        for (int i = 0; i < 40; i++)
        {
            byte[] changed = (byte[])archive.Clone();
            int at = random.Next(4, changed.Length);
            changed[at] ^= (byte)(1 << random.Next(8));
            if (Judge(changed) != 0)
                Fails(changed, $"changed at {at}");
        }

        Fails([.. archive, .. "garbage"u8], "garbage behind it");
        Fails([.. archive, 0x28, 0xb5], "half a frame behind it");
        Fails([.. archive, .. Skippable(0, 9)[..12]], "half a frame to skip behind it");
    }

    [Fact]
    public void A_bomb_ends_at_the_limit_and_not_in_memory()
    {
        byte[] header = Tars.Tar(Tars.FileOf("zeros", new string('\0', 3 << 20)));
        byte[] archive = Zips.Filter(_place, "zstd", "-19 -c", header);
        Assert.True(archive.Length < 2000, "it is small");
        Assert.Equal(FetchError.ArchiveTooLarge, Tars.ErrorOf(archive, _place, new UnpackOptions { MaxTotalBytes = 1 << 20 }));
    }

    [Fact]
    public void A_cancelled_unpacking_ends_between_two_blocks()
    {
        byte[] archive = Zips.Filter(_place, "zstd", "-c", _tar);
        using var source = new CancellationTokenSource();
        using var file = new MemoryStream(archive);
        using var frames = new ZstdFrames(file, "a", source.Token);
        byte[] buffer = new byte[4096];
        Assert.True(frames.Read(buffer, 0, buffer.Length) > 0);
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => frames.Read(buffer, 0, buffer.Length));
    }

    [Fact]
    public void No_program_is_needed()
    {
        byte[] archive = Zips.Filter(_place, "zstd", "-c", _tar);
        string file = _place.File("a.tar.zst");
        File.WriteAllBytes(file, archive);
        var start = new ProcessStartInfo(Programs.Procdedup, $"fetch --unpack file://{file}") { RedirectStandardOutput = true };
        start.Environment["PATH"] = _place.NewDirectory("empty");
        start.Environment["PROCESSDEDUP_HOME"] = _place.File("home");
        using Process process = Programs.Start(start);
        string directory = process.StandardOutput.ReadToEnd().TrimEnd('\n');
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        Assert.Equal("last", File.ReadAllText(Path.Combine(directory, "d", "last")));
    }

    private static byte[] Skippable(byte kind, int length)
    {
        byte[] frame = new byte[8 + length];
        BinaryPrimitives.WriteUInt32LittleEndian(frame, 0x184D2A50u + kind);
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(4), length);
        return frame;
    }

    private void Agrees(byte[] archive)
    {
        Assert.Equal(0, Judge(archive));
        Assert.Equal(_whole, DigestOf(Tars.Unpack(archive, _place)));
    }

    private void Fails(byte[] archive, string how)
    {
        Assert.NotEqual(0, Judge(archive));
        FetchException? e = Unpacked(archive);
        Assert.True(e?.Error is FetchError.ArchiveCorrupt or FetchError.ArchiveUnsupported, $"{how}: {e?.Error}");
    }

    private FetchException? Unpacked(byte[] archive)
    {
        string file = _place.File($"archive-{Guid.NewGuid():N}");
        File.WriteAllBytes(file, archive);
        return (FetchException?)Record.Exception(() => Archive.Unpack(file, file + ".d", new UnpackOptions(), CancellationToken.None));
    }

    /// <summary>The exit code of <c>zstd -dc</c>.</summary>
    private int Judge(byte[] archive)
    {
        Assert.SkipWhen(Programs.Find("zstd") is null, "zstd is not installed");
        string file = _place.File($"judged-{Guid.NewGuid():N}");
        File.WriteAllBytes(file, archive);
        using Process process = Programs.Start(new ProcessStartInfo("sh", ["-c", $"zstd -dcq < '{file}' > /dev/null 2>&1"]));
        process.WaitForExit();
        return process.ExitCode;
    }

    private static ContentHash DigestOf(string tree) => TreeManifest.Of(tree, CancellationToken.None).Digest;
}
