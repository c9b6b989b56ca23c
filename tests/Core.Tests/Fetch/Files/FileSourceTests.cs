using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Fetch;
using ProcessDedup.Tests.Flight;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fetch.Files;

public sealed class FileSourceTests : IDisposable
{
    private readonly Caching _it = new();

    public void Dispose() => _it.Dispose();

    private string File(string name, string content)
    {
        string path = _it.Place.File(name);
        System.IO.File.WriteAllText(path, content);
        return path;
    }

    private FetchResult Get(string path, Func<FetchRequest, FetchRequest>? also = null)
    {
        var request = new FetchRequest("file://" + path);
        return _it.Cache.Get(also?.Invoke(request) ?? request);
    }

    [Fact]
    public void A_file_is_fresh_while_it_is_the_very_same()
    {
        string path = File("a", "AAAA");
        // A file that was written to just now may be written to again without any trace in its times.
        Eventually.True(() => Get(path).Status == FetchStatus.Hit, "the file counts as unchanged");
        Assert.Equal(FetchStatus.Downloaded, Get(path, r => r with { MaxAge = TimeSpan.Zero }).Status);
    }

    [Fact]
    public void A_file_of_the_same_size_and_time_with_another_content_is_another_one()
    {
        string path = File("a", "AAAA");
        var time = new DateTime(1970, 1, 1, 0, 0, 1, DateTimeKind.Utc);
        System.IO.File.SetLastWriteTimeUtc(path, time);
        Eventually.True(() => Get(path).Status == FetchStatus.Hit, "the file counts as unchanged");
        System.IO.File.WriteAllText(path, "BBBB");
        System.IO.File.SetLastWriteTimeUtc(path, time);
        // What changed just now is not trusted anyway: a wrong version needs that time to show, a right one does not.
        System.Threading.Thread.Sleep(100);
        Assert.Equal("BBBB", System.IO.File.ReadAllText(Get(path).Path));
    }

    [Fact]
    public void A_fifo_and_a_device_are_refused_at_once()
    {
        string fifo = _it.Place.File("fifo");
        using (Peer make = Peer.Run(_it.Place, "mkfifo", fifo))
            Assert.Equal(0, make.WaitForExit());
        foreach (string path in new[] { fifo, "/dev/zero" })
            Assert.Equal(FetchError.FetchAccessDenied, Assert.Throws<FetchException>(() => Get(path)).Error);
    }

    [Fact]
    public void What_has_no_length_is_counted()
    {
        Assert.Equal(
            FetchError.FetchTooLarge, Assert.Throws<FetchException>(() => Get("/proc/self/status", r => r with { MaxBytes = 10 })).Error);
        Assert.Empty(Directory.GetFiles(_it.Layout.Blobs, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void Localhost_is_this_machine() =>
        Assert.Equal("AAAA", System.IO.File.ReadAllText(_it.Cache.Get(new FetchRequest("file://localhost" + File("a b", "AAAA").Replace(" ", "%20", StringComparison.Ordinal))).Path));

    [Fact]
    public void What_a_block_links_stays_its_owners_and_changes_nothing_here()
    {
        string theirs = File("theirs", "AAAA");
        FetchResult made = _it.Cache.Produce(new FetchRequest("k"), [], directory =>
        {
            using Peer link = Peer.Run(_it.Place, "ln", theirs, Path.Combine(directory, "linked"));
            Assert.Equal(0, link.WaitForExit());
        });
        System.IO.File.AppendAllText(theirs, "BBBB");
        Assert.Equal("AAAA", System.IO.File.ReadAllText(Path.Combine(made.Path, "linked")));
        Assert.True(_it.Cache.List().All(i => _it.Cache.BeginCheck().Verify(i, default).State == ProcessDedup.Store.ContentState.Sound));
    }

    [Fact]
    public void What_a_block_made_is_not_thrown_away_because_it_took_its_time()
    {
        // Enough to come to the block on a machine that is busy.
        var request = new FetchRequest("k") { Timeout = TimeSpan.FromSeconds(2) };
        FetchResult made = _it.Cache.Produce(request, [], directory =>
        {
            // Longer than the time and its grace.
            System.Threading.Thread.Sleep(2600);
            System.IO.File.WriteAllText(Path.Combine(directory, "a"), "a");
        });
        Assert.Equal(FetchStatus.Built, made.Status);
    }

    public static IEnumerable<TheoryDataRow<string>> LoginsInBrokenAddresses =>
    [
        "https://bob:Secr3t#1@host/x",
        "https://bob:Secr3t?1@host/x",
        "https:bob:Secr3t@host/x",
        "ftp://bob:Secr3t@host/x",
        "http://bob:Secr3t@/x",
    ];

    [Theory]
    [MemberData(nameof(LoginsInBrokenAddresses))]
    public void An_address_that_is_none_is_told_without_its_login(string address)
    {
        FetchException failure = Assert.Throws<FetchException>(() => _it.Cache.Get(new FetchRequest(address)));
        Assert.DoesNotContain("Secr3t", failure.ToString(), StringComparison.Ordinal);
    }
}
