using System;
using System.IO;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Places;

/// <summary>Where named locks live, and where they must not.</summary>
public sealed class RootTests : IDisposable
{
    private const UnixFileMode Private = (UnixFileMode)0x1c0;

    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    private static LockException? Failure(string home, string name = "x") =>
        Record.Exception(() => FileLock.Acquire(new LockRequest(LockTarget.FromName(LockRoot.At(home), name))).Dispose()) as LockException;

    [Theory]
    [InlineData("relative")]
    [InlineData("./relative")]
    [InlineData("~/x")]
    [InlineData("/a\0b")]
    public void A_root_that_is_no_absolute_path_is_refused(string home)
    {
        Expect.Error(LockError.LockPathInvalid, () => LockRoot.At(home));
        if (home.Contains('\0', StringComparison.Ordinal))
            return;
        using Peer peer = Peer.Run(_place, "/usr/bin/env", "PROCESSDEDUP_HOME=" + home, Programs.Procdedup, "lock", "x", "--", "echo", "ran");
        (int code, string output, string errors) = peer.Finish();
        Assert.Equal((64, ""), (code, output));
        Assert.Contains("PROCESSDEDUP_HOME must be an absolute path", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_made_for_its_user_alone_and_no_other_may_write_to_its_parents_whatever_the_umask()
    {
        using Peer shell = Peer.Run(
            _place, "/bin/sh", "-c", $"umask 0; PROCESSDEDUP_HOME={_place.File("a/b/c")} \"$PROCDEDUP\" lock x -- true");
        Assert.Equal((0, "", ""), shell.Finish());
        foreach (string directory in new[] { "a", "a/b" })
            Assert.Equal((UnixFileMode)0x1ed, Modes.Get(_place.File(directory))); // 0755
        foreach (string directory in new[] { "a/b/c", "a/b/c/locks", "a/b/c/waits" })
            Assert.Equal(Private, Modes.Get(_place.File(directory)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, Modes.Get(_place.File("a/b/c/locks/x.lock")));
    }

    [Fact]
    public void Without_the_variable_it_is_in_the_users_cache()
    {
        using Peer shell = Peer.Run(
            _place, "/bin/sh", "-c",
            $"unset PROCESSDEDUP_HOME; export HOME={_place.Path}; unset XDG_CACHE_HOME; \"$PROCDEDUP\" lock x -- true; "
            + $"XDG_CACHE_HOME={_place.File("cache")} \"$PROCDEDUP\" lock x -- true; XDG_CACHE_HOME=relative \"$PROCDEDUP\" lock y -- true");
        Assert.Equal((0, "", ""), shell.Finish());
        Assert.True(File.Exists(_place.File(".cache/processdedup/locks/x.lock")));
        Assert.True(File.Exists(_place.File("cache/processdedup/locks/x.lock")));
        Assert.True(File.Exists(_place.File(".cache/processdedup/locks/y.lock")));
    }

    [Theory]
    [InlineData(0x1ff)] // 0777
    [InlineData(0x1f8)] // 0770
    public void A_root_in_which_others_may_remove_files_is_refused(int mode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no permission bits");
        Directory.CreateDirectory(_place.Home);
        Modes.Set(_place.Home, (UnixFileMode)mode);
        LockException? failure = Failure(_place.Home);
        Assert.Equal(LockError.LockDirectoryUnsafe, failure?.Error);
        Assert.Contains("sticky bit", failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void So_is_one_whose_folder_of_locks_is_open_to_others()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no permission bits");
        Assert.Null(Failure(_place.Home));
        Modes.Set(_place.Root.LocksDirectory, (UnixFileMode)0x1ff);
        // A root is looked at when a lock file of it is opened, and that of "x" is open already.
        Assert.Equal(LockError.LockDirectoryUnsafe, Failure(_place.Home, "y")?.Error);
    }

    [Fact]
    public void A_root_that_is_a_file_is_refused()
    {
        File.WriteAllText(_place.File("f"), "");
        Assert.Equal(LockError.LockDirectoryMissing, Failure(_place.File("f"))?.Error);
        Assert.Equal(LockError.LockDirectoryMissing, Failure(_place.File("f/below"))?.Error);
    }

    [Fact]
    public void A_root_behind_a_link_is_the_same_root()
    {
        Links.ToDirectory(_place.File("link"), _place.NewDirectory("real"));
        Modes.Set(_place.File("real"), Private);
        LockTarget direct = LockTarget.FromName(LockRoot.At(_place.File("real")), "x");
        LockTarget linked = LockTarget.FromName(LockRoot.At(_place.File("link")), "x");
        Assert.Equal(direct.LockFile, linked.LockFile);
    }
}
