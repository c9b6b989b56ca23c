using System;
using System.IO;
using System.Linq;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Queue;

/// <summary>A waiter that its terminal stops: by Ctrl+Z, or since it writes from the background under "stty tostop".</summary>
public sealed class TerminalStopTests : IDisposable
{
    private const string Suspend = "\u001a";

    private readonly TestDirectory _place = new();

    private string LockFile => _place.Named("x").LockFile;

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_others_get_the_lock(bool fromBackground)
    {
        Assert.SkipWhen(Programs.Find("script") is null || Programs.Find("bash") is null, "script(1) and bash are needed");
        using Peer holder = Peer.Locker(_place, "hold", "x").Expect("HELD");
        using Peer terminal = Peer.Run(_place, "script", "-qfc", "bash --norc --noprofile -i", "/dev/null");
        if (fromBackground)
            terminal.Say("stty tostop");
        terminal.Say("\"$PROCDEDUP\" lock x -- echo granted" + (fromBackground ? " &" : string.Empty));
        KernelView.AwaitWaiters(LockFile, 1);
        int waiter = KernelView.Waiters(LockFile)[0];
        if (!fromBackground)
            terminal.Say(Suspend);
        // In the background it stops as soon as it says for whom it waits.
        Eventually.True(() => State(waiter) == 'T', "its terminal has stopped it");
        using Peer behind = Peer.Procdedup(_place, "lock", "x", "--", "echo", "behind");
        Eventually.True(() => KernelView.Waiters(LockFile).Contains(behind.Id), "another one waits behind it");
        holder.EndInput();
        Assert.Equal(0, behind.WaitForExit());
        using (Peer hurried = Peer.Procdedup(_place, "lock", "x", "--no-wait", "--", "true"))
            Assert.Equal(0, hurried.WaitForExit());
    }

    private static char State(int processId)
    {
        string stat = File.ReadAllText(FormattableString.Invariant($"/proc/{processId}/stat"));
        return stat[stat.LastIndexOf(')') + 2];
    }
}
