using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests;

/// <summary>The self-test tells a directory where locks work from one where they only seem to.</summary>
public sealed class SelfTestTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    private ProcessStartInfo Shell(string script) => Peer.StartOf(_place.Home, "/bin/sh", ["-c", script]);

    private IReadOnlyList<SelfTestResult> Run(Func<string, ProcessStartInfo> holder)
    {
        string directory = _place.NewDirectory("tested");
        IReadOnlyList<SelfTestResult> results = LockSelfTest.Run(directory, holder);
        Assert.Empty(Directory.GetFileSystemEntries(directory));
        Assert.All(results, r => Assert.NotEmpty(r.Detail));
        return results;
    }

    private static IEnumerable<string> Failed(IReadOnlyList<SelfTestResult> results) => results.Where(r => !r.Passed).Select(r => r.Name);

    [Fact]
    public void Here_everything_passes()
    {
        IReadOnlyList<SelfTestResult> results = Run(file => Peer.StartOf(_place.Home, Programs.LockPeer, ["hold", "file:" + file]));
        Assert.All(results, r => Assert.True(r.Passed, $"{r.Name}: {r.Detail}"));
        Assert.Equal(5, results.Count);
        Assert.Contains(results, r => r.Detail.StartsWith("the holder was seen as PID", StringComparison.Ordinal));
    }

    [Fact]
    public void A_holder_may_say_more_before()
    {
        IReadOnlyList<SelfTestResult> results = Run(file => Shell($"echo the last one died; exec \"$LOCKPEER\" hold 'file:{file}'"));
        Assert.Empty(Failed(results));
    }

    [Fact]
    public void A_holder_that_does_not_lock_is_found_out() => Assert.Equal(
        ["Another process is kept out, and let in when the lock is released", "A wait can be cancelled"],
        Failed(Run(_ => Shell("echo HELD; cat > /dev/null"))));

    [Theory]
    [InlineData("exit 3")]
    [InlineData("echo something else")]
    [InlineData("echo no rights >&2; exit 1")]
    public void A_holder_that_does_not_start_is_a_failure_with_its_words(string script)
    {
        IReadOnlyList<SelfTestResult> results = Run(_ => Shell(script));
        Assert.Equal(3, Failed(results).Count());
        if (script.Contains("no rights", StringComparison.Ordinal))
            Assert.Contains(results, r => r.Detail.Contains("no rights", StringComparison.Ordinal));
    }
}
