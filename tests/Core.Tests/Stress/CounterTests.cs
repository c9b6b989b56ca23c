using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Stress;

/// <summary>A number in a file that many processes read, increase and write back: without a lock it loses steps.</summary>
public sealed class CounterTests : IDisposable
{
    private static readonly int Processes = Scale.Of(quick: 8, full: 32);
    private static readonly int Rounds = Scale.Of(quick: 200, full: 500);

    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("counter")]
    [InlineData("file:")]
    [InlineData("counter", "--slots", "1")]
    public void A_counter_never_loses_a_step(string target, params string[] mode)
    {
        string counter = _place.File("count");
        File.WriteAllBytes(counter, new byte[8]);
        if (target == "file:")
            target += _place.File("counter.lock");
        List<Peer> peers = Enumerable.Range(0, Processes).Select(_ => Peer.Locker(
            _place,
            ["count", target, counter, "--rounds", Rounds.ToString(CultureInfo.InvariantCulture), .. mode])).ToList();
        try
        {
            peers.ForEach(p => p.Expect("READY"));
            peers.ForEach(p => p.Say("go"));
            peers.ForEach(p => p.Expect("DONE"));
            Assert.Equal(Processes * Rounds, BitConverter.ToInt64(File.ReadAllBytes(counter)));
        }
        finally
        {
            peers.ForEach(p => p.Dispose());
        }
    }

    [Fact]
    public void A_counter_that_a_shell_script_increases_under_procdedup_never_loses_a_step()
    {
        string counter = _place.File("count");
        File.WriteAllText(counter, "0");
        int loops = Scale.Of(quick: 4, full: 8), rounds = Scale.Of(quick: 5, full: 25);
        string script = $"i=0; while [ $i -lt {rounds} ]; do "
            + $"\"$PROCDEDUP\" lock counter -- sh -c 'n=$(cat {counter}); echo $((n + 1)) > {counter}' || exit 1; i=$((i + 1)); done";
        List<Peer> shells = Enumerable.Range(0, loops).Select(_ => Peer.Run(_place, "/bin/sh", "-c", script)).ToList();
        try
        {
            shells.ForEach(s => s.FinishInSilence());
            Assert.Equal((loops * rounds).ToString(CultureInfo.InvariantCulture), File.ReadAllText(counter).Trim());
        }
        finally
        {
            shells.ForEach(s => s.Dispose());
        }
    }
}
