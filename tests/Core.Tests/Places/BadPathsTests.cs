using System;
using System.IO;
using System.Linq;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Places;

/// <summary>Files that cannot be locks: each is refused with the cause and the next step.</summary>
public sealed class BadPathsTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    private LockException Refused(LockError error, string path, LockMode mode = LockMode.Exclusive)
    {
        LockException refusal = Expect.Error(
            error, () => FileLock.Acquire(new LockRequest(LockTarget.FromPath(path)) { Mode = mode, Timeout = TimeSpan.FromSeconds(10) }));
        Assert.Equal($"{refusal.Cause} {refusal.NextStep}", refusal.Message);
        Assert.NotEmpty(refusal.NextStep);
        return refusal;
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("/tmp/a\0b")]
    public void No_path(string path) => Refused(LockError.LockPathInvalid, path);

    [Fact]
    public void A_directory()
    {
        Refused(LockError.LockPathIsDirectory, _place.Path);
        Refused(LockError.LockPathIsDirectory, "/");
        Refused(LockError.LockPathIsDirectory, _place.Path + "/");
    }

    [Fact]
    public void A_missing_parent() => Refused(LockError.LockDirectoryMissing, _place.File("no/such/file"));

    [Fact]
    public void A_parent_that_is_a_file()
    {
        File.WriteAllText(_place.File("f"), "");
        Refused(LockError.LockDirectoryMissing, _place.File("f/lock"));
    }

    [Fact]
    public void A_path_that_is_too_long()
    {
        Refused(LockError.LockPathInvalid, _place.File(new string('x', 300)));
        Refused(LockError.LockPathInvalid, _place.File(string.Concat(Enumerable.Repeat("dir/", OperatingSystem.IsWindows() ? 20_000 : 2000)) + "x"));
    }

    [Theory]
    [InlineData("file")]
    [InlineData("directory")]
    [InlineData("nothing")]
    public void A_symbolic_link_wherever_it_leads(string target)
    {
        string there = target == "directory" ? _place.NewDirectory("there") : _place.File("there");
        if (target == "file")
            File.WriteAllText(there, "content");
        Links.ToFile(_place.File("link"), there);
        Refused(LockError.LockPathIsLink, _place.File("link"));
        if (target == "file")
            Assert.Equal("content", File.ReadAllText(there));
        else
            Assert.Equal(target == "directory", Directory.Exists(there));
        Assert.False(target == "nothing" && File.Exists(there));
    }

    [Fact]
    public void A_fifo_does_not_hang()
    {
        using (Peer make = Peer.Run(_place, "mkfifo", _place.File("fifo")))
            Assert.Equal(0, make.WaitForExit());
        Refused(LockError.LockPathUnfit, _place.File("fifo"));
    }

    [Fact]
    public void A_device() => Refused(LockError.LockPathUnfit, OperatingSystem.IsWindows() ? @"\\.\NUL" : "/dev/null");

    [Fact]
    public void A_file_with_two_names()
    {
        File.WriteAllText(_place.File("one"), "");
        using (Peer link = Peer.Run(_place, "ln", _place.File("one"), _place.File("two")))
            Assert.Equal(0, link.WaitForExit());
        Assert.Contains("2 hard links", Refused(LockError.LockPathUnfit, _place.File("one")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_in_the_place_of_the_gate_or_a_slot_is_not_followed()
    {
        string victim = _place.File("victim");
        File.WriteAllText(victim, "content");
        Links.ToFile(_place.File("f.gate"), victim);
        Links.ToFile(_place.File("g.slot-1"), victim);
        FileLock.Acquire(new LockRequest(_place.AtPath("f"))).Dispose();
        Refused(LockError.LockPathIsLink, _place.File("g"), LockMode.Slot);
        Assert.Equal("content", File.ReadAllText(victim));
    }

    [Fact]
    public void A_file_with_content_is_a_fine_lock_and_keeps_its_content()
    {
        File.WriteAllText(_place.File("data"), "content");
        using (LockLease held = FileLock.Acquire(new LockRequest(_place.AtPath("data"))))
            Eventually.True(() => File.Exists(_place.File("data.owner")), "the record");
        Assert.Equal("content", File.ReadAllText(_place.File("data")));
    }

    [Fact]
    public void A_relative_path_counts_from_the_working_directory()
    {
        using Peer shell = Peer.Run(_place, "/bin/sh", "-c", $"cd {_place.Path} && \"$PROCDEDUP\" lock --file here -- sh -c 'test -e {_place.File("here")}'");
        Assert.Equal((0, "", ""), shell.Finish());
    }

    [Fact]
    public void No_descriptors_left()
    {
        Assert.SkipWhen(Programs.Find("prlimit") is null, "prlimit (util-linux) is not installed");
        using Peer peer = Peer.Locker(_place, "nested", "x", "y").Expect("HELD OUTER");
        Eventually.True(() => Directory.GetFiles(_place.Root.LocksDirectory, "x.lock.owner").Length == 1, "the record, whose writing opens files too");
        using (Peer limit = Peer.Run(_place, "prlimit", "--pid", $"{peer.Id}", "--nofile=3:3"))
            Assert.Equal(0, limit.WaitForExit());
        peer.Say("go");
        peer.Expect("WANTS INNER");
        Assert.StartsWith("ERROR LockTooManyFiles", peer.Read("an error"), StringComparison.Ordinal);
    }
}
