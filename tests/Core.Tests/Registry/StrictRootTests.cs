using System;
using System.IO;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Registry;

public sealed class StrictRootTests : IDisposable
{
    private readonly TestDirectory _place = new();
    private readonly NameRegistry _registry;

    public StrictRootTests() => _registry = NameRegistry.Of(_place.Root);

    public void Dispose() => _place.Dispose();

    private LockLease Take(string name) => FileLock.Acquire(new LockRequest(_place.Named(name)) { NoWait = true });

    [Fact]
    public void It_refuses_names_that_nobody_has_registered_and_says_how_to()
    {
        Assert.False(_place.Root.IsStrict);
        _registry.SetStrict(false);
        _registry.SetStrict(true);
        Assert.True(_place.Root.IsStrict);
        LockException refused = Expect.Error(LockError.LockNameUnregistered, () => Take("builds.x"));
        Assert.Contains("Register-LockName -Namespace 'builds'", refused.NextStep, StringComparison.Ordinal);
        Assert.False(File.Exists(_place.Named("builds.x").LockFile));
        _registry.Register("builds", "Team A");
        Take("builds.x").Dispose();
        Expect.Error(LockError.LockNameUnregistered, () => Take("builds-x"));
        _registry.SetStrict(false);
        Take("builds-x").Dispose();
    }

    [Fact]
    public void It_lets_files_and_the_librarys_own_locks_be()
    {
        _registry.SetStrict(true);
        FileLock.Acquire(new LockRequest(_place.AtPath("any.lock")) { NoWait = true }).Dispose();
        using Peer once = Peer.Procdedup(_place, "once", "k", "--", "echo", "done");
        Assert.Equal((0, "done", ""), once.Finish());
        using Peer prune = Peer.Procdedup(_place, "cache", "prune");
        Assert.Equal(0, prune.Finish().Code);
        Assert.All(StaleLocks.Candidates(_place.Root), target =>
            Assert.Equal(ClearOutcome.Cleared, StaleLocks.Clear(target, TimeSpan.Zero).Outcome));
    }

    [Fact]
    public void Another_process_is_refused_as_well_with_the_exit_code_of_a_wrong_configuration()
    {
        _registry.SetStrict(true);
        using Peer peer = Peer.Procdedup(_place, "lock", "builds", "--", "true");
        (int code, _, string errors) = peer.Finish();
        Assert.Equal(78, code);
        Assert.Contains("Register-LockName", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void In_a_root_of_several_users_only_its_owner_makes_it_strict()
    {
        var other = new OtherUser(_place);
        Directory.CreateDirectory(_place.Home);
        Modes.Set(_place.Home, (UnixFileMode)0x3ff);
        using (Peer registers = other.Locker("register", "theirs", "Team-B", "--rounds", "1").Expect("READY"))
        {
            registers.Say("go");
            registers.Expect("REGISTERED theirs0 Team-B");
        }

        Expect.Error(LockError.LockNameTaken, () => _registry.Register("theirs0", "Team A"));
        using (Peer mark = other.Run("sh", "-c", $"touch '{_place.Home}/registry/strict'"))
            Assert.Equal(0, mark.WaitForExit());
        Assert.False(LockRoot.At(_place.Home).IsStrict);
        File.Delete(Path.Combine(_place.Home, "registry", "strict"));
        _registry.SetStrict(true);
        using Peer refused = other.Locker("hold", "builds");
        Assert.StartsWith("ERROR LockNameUnregistered", refused.Read("refused"), StringComparison.Ordinal);
        using Peer granted = other.Locker("hold", "theirs0.x").Expect("HELD");
    }
}
