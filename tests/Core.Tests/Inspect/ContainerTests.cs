using System;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Inspect;

/// <summary>Holders that the kernel does not show here, as they run in another PID namespace.</summary>
public sealed class ContainerTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void A_holder_in_another_container_is_called_that_and_not_dead()
    {
        Assert.SkipWhen(Programs.Find("unshare") is null, "unshare (util-linux) is not installed");
        LockTarget target = _place.Named("x");
        using Peer holder = Peer.Locker(_place, "hold", "x", "--reason", "outside").Expect("HELD");
        OwnerFile.Await(target);
        using Peer inside = Peer.Run(_place, "unshare", "--pid", "--fork", "--mount-proc", Programs.LockPeer, "locks", "x");
        (int code, string output, string errors) = inside.Finish();
        Assert.SkipWhen(code != 0 && errors.Contains("unshare", StringComparison.Ordinal), "no right to make namespaces: " + errors);
        Assert.StartsWith("Exclusive ", output, StringComparison.Ordinal);
        Assert.Contains("not visible from here", output, StringComparison.Ordinal);
        Assert.Contains("outside", output, StringComparison.Ordinal);

        using Peer preview = Peer.Run(
            _place, "unshare", "--pid", "--fork", "--mount-proc", Programs.Procdedup, "clear-stale", "--dry-run", "--older-than-hours", "0");
        Assert.Contains("left 'x'", preview.Finish().Output, StringComparison.Ordinal);
        Assert.True(LockInspector.Inspect(target).Holders[0].IsVerified);
    }
}
