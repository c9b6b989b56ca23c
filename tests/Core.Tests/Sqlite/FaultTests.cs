using System;
using System.Collections.Generic;
using System.Linq;
using ProcessDedup.Sqlite;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>
/// Every call into the file layer fails once, and then for ever: what is reported as committed is there once, what is
/// reported as not committed is not there.
/// </summary>
public sealed class FaultTests(ITestOutputHelper output) : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    public static TheoryData<string, bool, int> Sweeps => new()
    {
        { "delete", false, 1 },
        { "delete", true, 1 },
        { "wal", false, 1 },
        { "wal", true, 1 },
        { "delete", false, 3 },
        { "wal", false, 3 },
    };

    [Theory]
    [MemberData(nameof(Sweeps))]
    public void A_fault_that_passes_never_costs_a_row_nor_doubles_one(string journal, bool isDone, int times)
    {
        var table = new Table(_place);
        using (SqliteRunner first = table.Runner(journal))
            first.Run(tx => Table.Insert(tx, "first"));
        var outcomes = new Dictionary<string, int>();
        for (int call = 0; ; call++)
        {
            string writer = $"w{call}";
            var plan = new FaultyFiles.Plan { Skip = call, Times = times, IsDone = isDone };
            string outcome;
            using (SqliteRunner runner = table.Runner(journal))
            using (FaultyFiles.Arm(plan))
                outcome = Try(runner, writer);
            long rows = table.Count(writer);
            string story = $"{outcome} after {string.Join(", ", plan.Struck)}; {rows} rows";
            Assert.True(IsTrue(outcome, rows), story);
            string key = $"{outcome} {plan.Struck.FirstOrDefault()}";
            outcomes[key] = outcomes.GetValueOrDefault(key) + 1;
            if (plan.Hits == 0)
                break;
        }

        foreach (KeyValuePair<string, int> pair in outcomes.OrderBy(p => p.Key, StringComparer.Ordinal))
            output.WriteLine($"{pair.Value} x {pair.Key}");
        Assert.True(outcomes.Values.Sum() > 20, "there is something to fail");
        Assert.Equal("ok", table.Check().Integrity);
        Assert.DoesNotContain(outcomes.Keys, k => k.StartsWith("Unknown", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("delete", FileCall.Lock)]
    [InlineData("delete", FileCall.Sync)]
    [InlineData("delete", FileCall.Write)]
    [InlineData("delete", FileCall.Delete)]
    [InlineData("delete", FileCall.Unlock)]
    [InlineData("delete", FileCall.CheckReservedLock)]
    [InlineData("delete", FileCall.Read)]
    [InlineData("wal", FileCall.Sync)]
    [InlineData("wal", FileCall.Write)]
    [InlineData("wal", FileCall.SharedLock)]
    [InlineData("wal", FileCall.SharedMap)]
    [InlineData("wal", FileCall.Read)]
    public void A_fault_that_stays_is_an_error_that_tells_the_truth(string journal, FileCall call)
    {
        var table = new Table(_place);
        using (SqliteRunner first = table.Runner(journal))
            first.Run(tx => Table.Insert(tx, "first"));
        foreach (bool isDone in new[] { false, true })
        {
            // Each of them waits out the time that settling may take.
            for (int skip = 0; skip < 12; skip += Scale.Of(4, 1))
            {
                string writer = $"{call}-{isDone}-{skip}";
                var plan = new FaultyFiles.Plan { Calls = [call], Skip = skip, Times = int.MaxValue, IsDone = isDone };
                string outcome;
                using (SqliteRunner runner = table.Runner(journal, o => o with { Timeout = TimeSpan.FromMilliseconds(30), MaxAttempts = 4 }))
                using (FaultyFiles.Arm(plan))
                    outcome = Try(runner, writer);
                long rows = table.Count(writer);
                output.WriteLine($"skip {skip} done {isDone}: {outcome}, {rows} rows, {plan.Hits} faults: {plan.Struck.FirstOrDefault()}");
                Assert.True(IsTrue(outcome, rows), $"{outcome} but {rows} rows after {string.Join(", ", plan.Struck.Take(20))}");
                if (plan.Hits == 0)
                    break;
            }
        }

        Assert.Equal("ok", table.Check().Integrity);
    }

    private static bool IsTrue(string outcome, long rows) => outcome.Split(' ')[0] switch
    {
        "Committed" => rows == 1,
        "NotCommitted" => rows == 0,
        "Unknown" => rows is 0 or 1,
        _ => false,
    };

    private static string Try(SqliteRunner runner, string writer)
    {
        try
        {
            return runner.Run(tx => Table.Insert(tx, writer)).Outcome.ToString();
        }
        catch (SqliteException e)
        {
            return $"{e.Outcome} {e.Code}";
        }
    }
}
