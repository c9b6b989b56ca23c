using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Interop;

/// <summary>
/// The real Nix. <c>nix-env --profile X --switch-generation N</c> needs neither network nor packages; it locks
/// X.lock, looks for the generation, and deletes the lock file while it holds it.
/// </summary>
public sealed class NixTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public NixTests() => Assert.SkipWhen(Programs.Find("nix-env") is null, "nix-env is not installed (apt-get install nix-bin)");

    private string Profile => _place.File("profile");

    private string LockFile => Profile + ".lock";

    public void Dispose() => _place.Dispose();

    // Without its group of build users, which a fresh package has not made, Nix warns at every start.
    private string Command => $"NIX_CONFIG='build-users-group =' NIX_STATE_DIR={_place.File("state")} NIX_STORE_DIR={_place.File("store")} HOME={_place.Path} "
        + $"nix-env --profile {Profile} --switch-generation 5";

    private Peer Nix() => Peer.Run(_place, "/bin/sh", "-c", "exec 2>&1; " + Command);

    [Fact]
    public void Nix_waits_for_us_and_removes_the_file_and_we_go_on_with_a_new_one()
    {
        using Peer holder = Peer.Locker(_place, "hold", "file:" + LockFile).Expect("HELD");
        using Peer nix = Nix();
        nix.Await("waiting for lock on profile");
        KernelView.AwaitWaiters(LockFile, 1);
        using Peer behind = Peer.Locker(_place, "hold", "file:" + LockFile);
        KernelView.AwaitWaiters(LockFile, 2);
        holder.EndInput();
        // Nix comes before the one behind it, which finds the file gone and takes a new one.
        nix.Await("error: profile version 5 does not exist");
        behind.Expect("HELD");
        Assert.Equal([behind.Id], KernelView.Holders(LockFile));
        behind.EndInput();
        behind.Expect("RELEASED");
        FileLock.Acquire(new LockRequest(LockTarget.FromPath(LockFile)) { NoWait = true }).Dispose();
        Assert.Equal(0, new FileInfo(LockFile).Length);
    }

    [Fact]
    public void A_file_that_Nix_deletes_all_the_time_never_gives_two_holders()
    {
        using (Peer once = Nix())
            once.Await("error: profile version 5 does not exist");
        string counter = _place.File("count");
        File.WriteAllBytes(counter, new byte[8]);
        const string rounds = "1500";
        using Peer nix = Peer.Run(
            _place, "/bin/sh", "-c", $"while :; do {Command} 2>&1; test -e {_place.File("end")} && exit; done");
        nix.Await("error: profile version 5 does not exist");
        List<Peer> ours = Enumerable.Range(0, 3)
            .Select(_ => Peer.Locker(_place, "count", "file:" + LockFile, counter, "--rounds", rounds)).ToList();
        ours.ForEach(p => p.Expect("READY"));
        ours.ForEach(p => p.Say("go"));
        ours.ForEach(p => p.Expect("DONE"));
        File.WriteAllText(_place.File("end"), "");
        Assert.All(nix.ReadToEnd(), line => Assert.Matches("^(error: profile version 5 does not exist|waiting for lock)", line));
        Assert.Equal(4500, BitConverter.ToInt64(File.ReadAllBytes(counter)));
        ours.ForEach(p => p.Dispose());
    }
}
