using System;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Threading;
using Xunit;
using Xunit.v3;

[assembly: ProcessDedup.Tests.Harness.HangLimit]

namespace ProcessDedup.Tests.Harness;

/// <summary>
/// Ends the run, with the name of the test, if no test begins or ends for 15 minutes. A test that hangs would otherwise keep
/// everything that waits for the run. <c>PROCESSDEDUP_TEST_HANG_SEC</c> is another limit, in seconds.
/// </summary>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class HangLimitAttribute : BeforeAfterTestAttribute
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(
        int.TryParse(Environment.GetEnvironmentVariable("PROCESSDEDUP_TEST_HANG_SEC"), NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given : 900);

    // Not the thread pool's: that it is exhausted may be why the test hangs.
    private static readonly Lazy<Thread> Watch = new(() =>
    {
        var thread = new Thread(Run) { IsBackground = true, Name = "hang limit" };
        thread.Start();
        return thread;
    });

    private static readonly AutoResetEvent Progress = new(false);
    private static volatile string _what = "";
    private static volatile ITestContext? _context;

    public override void Before(MethodInfo methodUnderTest, IXunitTest test) => Tell(test.TestDisplayName);

    // A constructor of the next class runs before the next Before.
    public override void After(MethodInfo methodUnderTest, IXunitTest test) => Tell("what comes after " + test.TestDisplayName);

    private static void Tell(string what)
    {
        _what = what;
        _context = TestContext.Current;
        Progress.Set();
        _ = Watch.Value;
    }

    private static void Run()
    {
        while (Progress.WaitOne(Limit) || Debugger.IsAttached)
        {
        }

        string text = $"HANG: {_what} has not ended after {Limit.TotalSeconds} s.";
        Console.Error.WriteLine(text);
        // What `dotnet test` shows; see xunit.runner.json.
        _context?.SendDiagnosticMessage(text);
        Environment.FailFast(text);
    }
}
