using System;
using System.IO;
using System.Linq;
using ProcessDedup.Locks;
using ProcessDedup.Platform;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Places;

/// <summary>File systems that are full, read-only, or not to be relied on.</summary>
public sealed class FileSystemTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("nfs")]
    [InlineData("nfs4")]
    [InlineData("cifs")]
    [InlineData("smb3")]
    [InlineData("9p")]
    [InlineData("fuse")]
    [InlineData("fuse.sshfs")]
    [InlineData("FUSE.bindfs")]
    [InlineData("fuseblk")]
    [InlineData("virtiofs")]
    [InlineData("")]
    [InlineData("fakeowner")]
    [InlineData("osxfs")]
    [InlineData("fuse.osxfs")]
    [InlineData("drvfs")]
    [InlineData("pvfs2")]
    [InlineData("wekafs")]
    [InlineData("auristorfs")]
    [InlineData("moosefs")]
    [InlineData("quobyte")]
    [InlineData("somethingnew")]
    [InlineData("sysfs")]
    public void One_that_may_pretend_has_a_reason_against_it(string type) =>
        Assert.NotNull(NetworkFileSystems.ReasonAgainst(type));

    [Theory]
    [InlineData("ext4")]
    [InlineData("xfs")]
    [InlineData("btrfs")]
    [InlineData("zfs")]
    [InlineData("tmpfs")]
    [InlineData("overlay")]
    [InlineData("apfs")]
    [InlineData("local")]
    [InlineData("ubifs")]
    public void A_local_one_has_none(string type) => Assert.Null(NetworkFileSystems.ReasonAgainst(type));

    [Fact]
    public void An_unknown_one_is_taken_only_if_the_kernel_says_that_it_lies_on_a_block_device() => Assert.All(
        File.ReadAllLines("/proc/filesystems").Where(line => line.StartsWith('\t')).Select(line => line.Trim()).Where(type => type != "fuseblk"),
        type => Assert.Null(NetworkFileSystems.ReasonAgainst(type)));

    [Fact]
    public void On_fuse_locks_are_refused_unless_they_are_allowed_and_the_doctor_says_what_is_wrong()
    {
        using Mounted fuse = Mounted.Fuse(_place);
        string file = Path.Combine(fuse.Point, "f");
        LockRequest request = new(LockTarget.FromPath(file));
        LockException refusal = Expect.Error(LockError.LockFileSystemUnsupported, () => FileLock.Acquire(request));
        Assert.Contains("the file system is 'fuse'", refusal.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(file), "a refusal leaves nothing behind");
        FileLock.Acquire(request with { AllowNetworkFileSystem = true }).Dispose();
        Expect.Error(LockError.LockFileSystemUnsupported, () => FileLock.Acquire(request));

        using (Peer peer = Peer.Procdedup(_place, "lock", "--file", file, "--", "true"))
            Assert.Equal(78, peer.Finish().Code);
        using (Peer peer = Peer.Procdedup(_place, "lock", "--file", file, "--allow-network-fs", "--", "true"))
            Assert.Equal(0, peer.Finish().Code);
        using Peer doctor = Peer.Procdedup(_place, "doctor", "--directory", fuse.Point);
        (int code, string output, _) = doctor.Finish();
        Assert.Equal(1, code);
        Assert.Contains("FAILED  The file system is local (fuse", output, StringComparison.Ordinal);
        Assert.Contains("they cannot show what other machines, the host or other containers do", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_number_of_a_file_system_that_is_gone_says_nothing_about_the_next_one()
    {
        // The kernel gives the lowest number that is free: mostly the same one again.
        for (int i = 0; i < 3; i++)
        {
            using (Mounted disk = Mounted.Tmpfs(_place, "size=1m"))
                Assert.Null(LockDirectory.Doubt("x", disk.Point));
            using Mounted fuse = Mounted.Fuse(_place);
            Assert.Equal(LockError.LockFileSystemUnsupported, LockDirectory.Doubt("x", fuse.Point)?.Error);
        }
    }

    [Fact]
    public void On_a_read_only_one_an_existing_file_can_be_locked_and_a_new_one_not()
    {
        using Mounted disk = Mounted.Tmpfs(_place, "size=1m");
        string existing = Path.Combine(disk.Point, "existing");
        File.WriteAllText(existing, "");
        disk.Remount("ro");
        Expect.Error(LockError.LockReadOnly, () => FileLock.Acquire(new LockRequest(LockTarget.FromPath(Path.Combine(disk.Point, "new")))));
        using Peer holder = Peer.Locker(_place, "hold", "file:" + existing).Expect("HELD");
        Expect.Error(LockError.LockBusy, () => FileLock.Acquire(new LockRequest(LockTarget.FromPath(existing)) { NoWait = true }));
        using Peer waiter = Peer.Locker(_place, "hold", "file:" + existing);
        KernelView.AwaitWaiters(existing, 1);
        holder.EndInput();
        waiter.Expect("HELD");
    }

    [Fact]
    public void A_root_on_a_read_only_one_is_an_error_with_the_way_out()
    {
        using Mounted disk = Mounted.Tmpfs(_place, "size=1m");
        disk.Remount("ro");
        LockException failure = Expect.Error(
            LockError.LockReadOnly,
            () => FileLock.Acquire(new LockRequest(LockTarget.FromName(LockRoot.At(Path.Combine(disk.Point, "home")), "x"))));
        Assert.Contains("PROCESSDEDUP_HOME", failure.NextStep, StringComparison.Ordinal);
    }

    [Fact]
    public void On_a_full_one_a_lock_works_and_only_its_record_is_missing()
    {
        using Mounted disk = Mounted.Tmpfs(_place, "size=64k");
        string file = Path.Combine(disk.Point, "f");
        LockRequest request = new(LockTarget.FromPath(file));
        FileLock.Acquire(request).Dispose();
        Fill(disk.Point);
        using (Peer holder = Peer.Locker(_place, "hold", "file:" + file).Expect("HELD"))
        {
            using Peer waiter = Peer.Locker(_place, "hold", "file:" + file);
            KernelView.AwaitWaiters(file, 1);
            Expect.Error(LockError.LockBusy, () => FileLock.Acquire(request with { NoWait = true }));
            holder.EndInput();
            waiter.Expect("HELD");
            // Whoever is killed in the middle of trying to write its record leaves what it had made for that.
            holder.Expect("RELEASED");
            waiter.EndInput();
            waiter.Expect("RELEASED");
        }

        Assert.DoesNotContain(Directory.GetFiles(disk.Point), f => f.Contains(".owner", StringComparison.Ordinal) || f.EndsWith(".tmp", StringComparison.Ordinal));
        Expect.Error(LockError.LockDiskFull, () => FileLock.Acquire(request with { Mode = LockMode.Slot, Slots = 2 }));
        FileLock.Acquire(request with { NoWait = true }).Dispose();
    }

    [Fact]
    public void Without_a_free_inode_a_new_lock_is_an_error_and_an_old_one_works()
    {
        using Mounted disk = Mounted.Tmpfs(_place, "size=1m,nr_inodes=8");
        LockRequest old = new(LockTarget.FromPath(Path.Combine(disk.Point, "old")));
        FileLock.Acquire(old).Dispose();
        for (int i = 0; i < 6; i++)
            File.WriteAllText(Path.Combine(disk.Point, "filler" + i), "");
        Expect.Error(LockError.LockDiskFull, () => FileLock.Acquire(new LockRequest(LockTarget.FromPath(Path.Combine(disk.Point, "new")))));
        using LockLease held = FileLock.Acquire(old with { NoWait = true });
    }

    private static void Fill(string directory)
    {
        using var filler = new FileStream(Path.Combine(directory, "filler"), FileMode.Create, FileAccess.Write, FileShare.None, 0);
        byte[] page = new byte[4096];
        Action write = () => filler.Write(page);
        while (Record.Exception(write) is not IOException)
        {
            // Until nothing fits any more.
        }
    }
}
