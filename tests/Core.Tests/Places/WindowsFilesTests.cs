using System;
using System.IO;
using ProcessDedup.Locks;
using ProcessDedup.Platform;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Places;

/// <summary>What Windows makes hard with files, and Unix does not.</summary>
public sealed class WindowsFilesTests : IDisposable
{
    private const string Elsewhere = "elsewhere .NET takes a flock(2) of its own on every file that it opens";

    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void A_file_that_another_program_has_open_without_sharing_its_deletion_can_be_locked()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), Elsewhere);
        string file = _place.File("log");
        using var other = new FileStream(file, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite);

        using LockLease lease = FileLock.Acquire(new LockRequest(LockTarget.FromPath(file)) { NoWait = true });

        other.Write("still writable"u8);
        other.Flush();
        using Peer peer = Peer.Procdedup(_place, "lock", "--file", file, "--no-wait", "--", "never");
        Assert.Equal(75, peer.WaitForExit());
    }

    [Fact]
    public void A_locked_file_hides_its_content_from_nobody()
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), Elsewhere);
        string file = _place.File("data");
        File.WriteAllText(file, "content");
        using LockLease lease = FileLock.Acquire(new LockRequest(LockTarget.FromPath(file)) { NoWait = true });

        Assert.Equal("content", File.ReadAllText(file));
        File.AppendAllText(file, " and more");
        Assert.Equal("content and more", File.ReadAllText(file));
    }

    [Fact]
    public void A_read_only_file_is_replaced_at_once()
    {
        string target = _place.File("target"), made = _place.File("made");
        File.WriteAllText(target, "old");
        File.WriteAllText(made, "new");
        new FileInfo(target).IsReadOnly = true;

        Publishing.Rename(made, target);

        Assert.Equal("new", File.ReadAllText(target));
        Assert.False(File.Exists(made));
    }

    [Fact]
    public void A_directory_is_not_replaced_by_a_file_and_nobody_waits_for_it()
    {
        string target = _place.NewDirectory("target"), made = _place.File("made");
        File.WriteAllText(made, "new");

        Assert.Throws<PlatformException>(() => Publishing.Rename(made, target));

        Assert.True(Directory.Exists(target));
        Assert.Equal("new", File.ReadAllText(made));
    }

    [Fact]
    public void A_file_whose_size_and_time_were_put_back_has_changed_all_the_same()
    {
        string file = _place.File("source");
        File.WriteAllText(file, "first");
        DateTime time = DateTime.UtcNow.AddDays(-1);
        File.SetLastWriteTimeUtc(file, time);
        Assert.True(FileSystem.TryGetFacts(file, out FileFacts before));
        Eventually.True(Changes, "its time of change is another one");

        bool Changes()
        {
            File.WriteAllText(file, "other");
            File.SetLastWriteTimeUtc(file, time);
            Assert.True(FileSystem.TryGetFacts(file, out FileFacts after));
            Assert.Equal((before.Size, before.ModifiedNanoseconds), (after.Size, after.ModifiedNanoseconds));
            return after.ChangedNanoseconds != before.ChangedNanoseconds;
        }
    }

    [Theory]
    [InlineData("C:relative")]
    [InlineData(@"\rooted")]
    [InlineData("/rooted")]
    public void A_root_that_depends_on_the_current_drive_is_refused(string home)
    {
        Assert.SkipUnless(OperatingSystem.IsWindows(), "only Windows has drives");
        Expect.Error(LockError.LockPathInvalid, () => LockRoot.At(home));
    }

    [Theory]
    [InlineData("conin$")]
    [InlineData("CONOUT$")]
    [InlineData("com1.x")]
    [InlineData("COM¹")]
    [InlineData("lpt³.log")]
    public void A_name_that_is_a_device_on_Windows_is_a_lock_on_every_system(string name)
    {
        LockTarget target = _place.Named(name);
        Assert.StartsWith("%", Path.GetFileName(target.LockFile), StringComparison.Ordinal);
        using (FileLock.Acquire(new LockRequest(target)))
            Assert.True(File.Exists(target.LockFile));
        Assert.Equal(target.LockFile, Assert.Single(_place.Root.ExistingLocks()).LockFile);
    }
}
