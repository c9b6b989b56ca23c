using System;
using System.Linq;
using ProcessDedup.Platform;
using Xunit;

namespace ProcessDedup.Tests.Inspect;

/// <summary>The kernel's texts, as they are and as they should not be.</summary>
public sealed class ProcTablesTests
{
    [Fact]
    public void Holders_and_waiters_of_flock_are_read_and_nothing_else()
    {
        const string table = """
            1: POSIX  ADVISORY  READ 708 08:01:1234 128 128
            2: FLOCK  ADVISORY  WRITE 463 fe:00:137361 0 EOF
            2: -> FLOCK  ADVISORY  WRITE 500 fe:00:137361 0 EOF
            2: -> FLOCK  ADVISORY  READ 501 fe:00:137361 0 EOF
            3: OFDLCK ADVISORY  WRITE -1 00:06:1028 0 EOF
            4: LEASE  ACTIVE    READ 900 00:2e:5 0 EOF
            5: FLOCK  ADVISORY  READ -1 00:2e:18446744073709551615 0 EOF
            6: ACCESS  ADVISORY  READ 2 00:2e:7 0 EOF

            """;
        Assert.Equal(
            [
                new(false, KernelLock.Exclusive, 463, "fe:00", 137361),
                new(true, KernelLock.Exclusive, 500, "fe:00", 137361),
                new(true, KernelLock.Shared, 501, "fe:00", 137361),
                new(false, KernelLock.Shared, -1, "00:2e", ulong.MaxValue),
            ],
            ProcLocks.Parse(table));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("1:")]
    [InlineData("1: ->")]
    [InlineData("1: -> FLOCK")]
    [InlineData("1: FLOCK ADVISORY WRITE x fe:00:1 0 EOF")]
    [InlineData("1: FLOCK ADVISORY WRITE 1 fe:00 0 EOF")]
    [InlineData("1: FLOCK ADVISORY WRITE 1 fe:00:-1 0 EOF")]
    [InlineData("1: FLOCK ADVISORY WRITE 1 <none>:0 0 EOF")]
    [InlineData("1: FLOCK ADVISORY WRITE 99999999999999999999 fe:00:1 0 EOF")]
    public void A_line_that_makes_no_sense_is_left_out(string line) => Assert.Empty(ProcLocks.Parse(line));

    [Fact]
    public void A_line_that_came_twice_as_the_table_changed_counts_once() => Assert.Single(ProcLocks.Parse(
        "1: FLOCK ADVISORY WRITE 7 fe:00:1 0 EOF\n2: FLOCK ADVISORY WRITE 7 fe:00:1 0 EOF\n"));

    [Fact]
    public void Lines_that_were_left_out_as_the_table_changed_are_taken_from_the_look_before()
    {
        ProcLockLine Line(int process, ulong inode, KernelLock kind = KernelLock.Exclusive, bool isWaiter = false) => new(isWaiter, kind, process, "fe:00", inode);
        ProcLockLine[] before = [Line(1, 1), Line(2, 2), Line(3, 2, isWaiter: true), Line(5, 3, KernelLock.Shared), Line(7, 3, isWaiter: true), Line(6, 3, KernelLock.Shared)];
        // The first is left out, the second has handed on, and so is one of those that share.
        ProcLockLine[] after = [Line(3, 2), Line(6, 3, KernelLock.Shared)];
        Assert.Equal([.. after, Line(1, 1), Line(5, 3, KernelLock.Shared), Line(7, 3, isWaiter: true)], ProcLocks.Merge(before, [.. after]));
    }

    [Fact]
    public void Mounts_are_read_with_type_device_and_escaped_names()
    {
        const string table = """
            36 35 98:0 / / rw,noatime shared:1 - ext4 /dev/root rw
            37 36 0:46 / /mnt/with\040space\134and\011tab rw - fuse.sshfs host:/ rw
            38 36 254:1 /sub /srv rw master:1 propagate_from:2 - btrfs /dev/vdb rw,subvol=/sub

            """;
        Assert.Equal(
            [
                new Mount("/", "ext4", "62:00"),
                new Mount("/mnt/with space\\and\ttab", "fuse.sshfs", "00:2e"),
                new Mount("/srv", "btrfs", "fe:01"),
            ],
            Mounts.Parse(table));
    }

    [Theory]
    [InlineData("")]
    [InlineData("garbage")]
    [InlineData("36 35 98:0 / / rw")]
    [InlineData("36 35 98:0 / / rw -")]
    public void A_mount_that_makes_no_sense_is_left_out(string line) => Assert.Empty(Mounts.Parse(line));

    [Theory]
    [InlineData("/", "/")]
    [InlineData("/other", "/")]
    [InlineData("/srv", "/srv")]
    [InlineData("/srv/a/b", "/srv/a")]
    [InlineData("/srv/ab", "/srv")]
    public void The_longest_mount_point_holds_a_path(string path, string point)
    {
        Mount[] mounts = [new("/srv/a", "x", ""), new("/", "x", ""), new("/srv", "x", "")];
        Assert.Equal(point, Mounts.Longest(mounts, path).Point);
    }

    [Fact]
    public void Of_two_mounts_at_one_point_the_later_hides_the_other() => Assert.Equal(
        "nfs4", Mounts.Longest([new("/", "ext4", ""), new("/a", "tmpfs", ""), new("/a", "nfs4", "")], "/a/b").Type);

    [Fact]
    public void Without_mounts_the_type_is_unknown() => Assert.Equal("", Mounts.Longest([], "/a").Type);

    private static string Stat(string command, string state, int threads = 1) =>
        $"4711 ({command}) {state} 17 4711 17 34816 4711 4194304 1 2 3 4 5 6 7 8 20 0 {threads} 0 987654 10 11";

    [Theory]
    [InlineData("bash")]
    [InlineData("a b")]
    [InlineData(") R 1 (")]
    [InlineData("")]
    public void Parent_and_start_are_read_whatever_the_command_is_called(string command) =>
        Assert.Equal(new ProcStat(17, 987654, 'S'), ProcStat.Parse(Stat(command, "S")));

    [Theory]
    [InlineData("Z")]
    [InlineData("X")]
    [InlineData("x")]
    public void The_dead_are_not_there(string state) => Assert.Null(ProcStat.Parse(Stat("bash", state)));

    [Fact]
    public void A_process_whose_first_thread_has_ended_lives_on_in_the_others() =>
        Assert.Equal(new ProcStat(17, 987654, 'Z'), ProcStat.Parse(Stat("bash", "Z", threads: 2)));

    [Theory]
    [InlineData("")]
    [InlineData("4711 (bash")]
    [InlineData("4711 (bash) S 17")]
    public void A_process_that_makes_no_sense_is_not_there(string line) => Assert.Null(ProcStat.Parse(line));

    [Fact]
    public void This_process_is_alive_and_another_with_its_number_is_not()
    {
        Assert.True(ProcessIdentity.Current.IsAlive);
        Assert.False((ProcessIdentity.Current with { StartTicks = 1 }).IsAlive);
        Assert.False((ProcessIdentity.Current with { BootId = "another" }).IsAlive);
        Assert.False((ProcessIdentity.Current with { Namespace = "pid:[1]" }).IsComparable);
        Assert.False(ProcessIdentity.TryGet(int.MaxValue, out _));
        Assert.False(ProcessIdentity.TryGet(-1, out _));
    }

    [Fact]
    public void The_kernels_own_tables_can_be_read()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux has /proc");
        Assert.True(ProcLocks.IsAvailable);
        Assert.NotEmpty(Mounts.Parse(System.IO.File.ReadAllText("/proc/self/mountinfo")));
        Assert.Equal("proc", Mounts.Of("/proc").Type);
        Assert.Contains(1, ProcessTree.Ancestors().Append(1));
    }
}
