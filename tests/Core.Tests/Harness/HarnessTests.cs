using System;
using System.IO;
using System.Runtime.CompilerServices;
using System.Threading;
using Xunit;

namespace ProcessDedup.Tests.Harness;

/// <summary>
/// What this suite promises however it is started. Each test starts the suite once more, in a way of its own and with this test
/// alone, which then does what the promise is about.
/// </summary>
public sealed class HarnessTests : IDisposable
{
    private const string Inner = "PROCESSDEDUP_TEST_INNER";

    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    private static bool IsInner => Environment.GetEnvironmentVariable(Inner) is not null;

    private (int Code, string Output, string Errors) RunAgain(string shell, [CallerMemberName] string test = "")
    {
        string suite = Path.ChangeExtension(typeof(HarnessTests).Assembly.Location, null);
        using Peer peer = Peer.Run(
            _place, "/bin/sh", "-c", $"{shell}; export {Inner}=1; exec \"$@\"", "sh", suite, "-method", $"{typeof(HarnessTests).FullName}.{test}");
        return peer.Finish();
    }

    [Fact]
    public void A_suite_that_was_started_with_ignored_signals_can_interrupt_its_children()
    {
        if (!IsInner)
        {
            (int code, string output, string errors) = RunAgain("trap '' HUP INT QUIT TERM");
            Assert.True(code == 0, output + errors);
            return;
        }

        foreach (string signal in new[] { "HUP", "INT", "QUIT", "TERM" })
        {
            using Peer child = Peer.Run(_place, "/bin/sh", "-c", "echo HERE; exec sleep 600").Expect("HERE");
            child.Signal(signal);
            Assert.NotEqual(0, child.WaitForExit());
        }
    }

    [Fact]
    public void A_suite_that_was_started_with_nohup_goes_on_after_a_hangup()
    {
        if (IsInner)
        {
            Peer.Signal(Environment.ProcessId, "HUP");
            return;
        }

        (int code, string output, string errors) = RunAgain("trap '' HUP");
        Assert.True(code == 0, output + errors);
    }

    [Fact]
    public void A_test_that_hangs_ends_the_suite_and_is_named()
    {
        if (IsInner)
            Thread.Sleep(Timeout.Infinite);
        (int code, _, string errors) = RunAgain("export PROCESSDEDUP_TEST_HANG_SEC=2");
        Assert.NotEqual(0, code);
        Assert.Contains($".{nameof(A_test_that_hangs_ends_the_suite_and_is_named)} has not ended after 2 s.", errors, StringComparison.Ordinal);
    }
}
