using System;
using System.Diagnostics;
using System.Threading;
using Xunit;

namespace ProcessDedup.Tests.Harness;

/// <summary>Waits for something that can only be seen by looking, such as a line in /proc/locks.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = Peer.Patience;

    public static void True(Func<bool> condition, string what)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(clock.Elapsed < Patience, $"Not within {Patience}: {what}");
            Thread.Sleep(1);
        }
    }
}
