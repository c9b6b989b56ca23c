using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Fetch;
using ProcessDedup.Fetch.Archives;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Archives;

/// <summary>Little that unpacks to much.</summary>
public sealed class BombTests : IDisposable
{
    private static readonly UnpackOptions Small = new() { MaxTotalBytes = 1 << 20 };

    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Ten_gibibytes_of_zeros_are_not_written()
    {
        string bomb = _place.File("bomb");
        // A header of a file of 10 GiB, and a gzip stream that repeats: each member decompresses to 64 MiB.
        byte[] header = Tars.Tar(Tars.FileOf("zeros", new string('\0', 100)))[..^1536];
        byte[] member = Tars.Gzip(new byte[64 << 20]);
        using (FileStream file = File.Create(bomb))
        {
            file.Write(Tars.Gzip(WithLength(header, 10L << 30)));
            for (int i = 0; i < 160; i++)
                file.Write(member);
        }

        FetchException e = Assert.Throws<FetchException>(() => Archive.Unpack(bomb, _place.File("out"), new UnpackOptions(), CancellationToken.None));
        Assert.Equal(FetchError.ArchiveTooLarge, e.Error);
        Assert.False(Directory.Exists(_place.File("out")));
    }

    [Fact]
    public void Limits_count_what_has_come()
    {
        string half = new('x', 600_000);
        Assert.Null(Tars.ErrorOf(Tars.Tar(Tars.FileOf("a", half)), _place, Small));
        Assert.Equal(FetchError.ArchiveTooLarge, Tars.ErrorOf(Tars.Tar(Tars.FileOf("a", half), Tars.FileOf("b", half)), _place, Small));
        Assert.Equal(FetchError.ArchiveTooLarge, Tars.ErrorOf(Tars.Tar(Tars.FileOf("a", half), Tars.HardLinkOf("b", "a")), _place, Small));
        Assert.Equal(FetchError.ArchiveTooLarge, Tars.ErrorOf(Zips.Zip(("a", half), ("b", half)), _place, Small));
        Assert.Equal(FetchError.ArchiveTooLarge, Tars.ErrorOf([.. Tars.Gzip(Tars.Tar(Tars.FileOf("a"))), .. Tars.Gzip(new byte[2 << 20])], _place, Small));
        Assert.Equal(FetchError.FetchOptionsInvalid, Tars.ErrorOf(Tars.Tar(), _place, new UnpackOptions { StripComponents = -1 }));
    }

    [Fact]
    public void A_full_disk_is_the_disk_s_fault_and_not_the_archive_s()
    {
        using Mounted small = Mounted.Tmpfs(_place, "size=1m");
        File.WriteAllBytes(_place.File("a"), Tars.Tar(Tars.FileOf("a", new string('x', 3_000_000))));
        FetchException e = Assert.Throws<FetchException>(() => Archive.Unpack(
            _place.File("a"), Path.Combine(small.Point, "out"), new UnpackOptions(), CancellationToken.None));
        Assert.Equal(FetchError.StoreDiskFull, e.Error);
        Assert.Empty(Directory.GetFileSystemEntries(small.Point));
    }

    [Fact]
    public async Task A_cancelled_program_ends_and_leaves_nothing()
    {
        byte[] archive = Zips.Filter(_place, "xz", "-c", Tars.Tar(Tars.FileOf("a", new string('x', 5_000_000))));
        File.WriteAllBytes(_place.File("a"), archive);
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        Assert.ThrowsAny<OperationCanceledException>(() => Archive.Unpack(_place.File("a"), _place.File("out"), new UnpackOptions(), source.Token));
        Assert.False(Directory.Exists(_place.File("out")));
    }

    private static byte[] WithLength(byte[] tar, long length)
    {
        // The last header is the file's own; ustar numbers end at 8 GiB, so base 256 (GNU).
        byte[] made = (byte[])tar.Clone();
        int at = made.Length - 512;
        for (int i = 0; i < 12; i++)
            made[at + 124 + i] = i == 0 ? (byte)0x80 : i < 4 ? (byte)0 : (byte)(length >> (8 * (11 - i)));
        "        "u8.CopyTo(made.AsSpan(at + 148));
        int sum = 0;
        for (int i = 0; i < 512; i++)
            sum += made[at + i];
        System.Text.Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(made, at + 148);
        return made;
    }
}
