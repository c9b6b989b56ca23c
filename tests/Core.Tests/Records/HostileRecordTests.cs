using System;
using System.IO;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Records;

/// <summary>Records only inform. Whatever stands in their place must neither break a lock nor steer a terminal.</summary>
public sealed class HostileRecordTests : IDisposable
{
    private const string Valid =
        """{"pid":999999,"start":1,"boot":"BOOT","namespace":"NS","host":"HOST","user":"u","command":"c","mode":"Exclusive","since":"2026-01-01T00:00:00+00:00"}""";

    private readonly TestDirectory _place = new();

    private LockRequest Request => new(_place.Named("x"));

    private string Record => Request.Targets[0].LockFile + ".owner";

    public HostileRecordTests() => FileLock.Acquire(Request).Dispose();

    public void Dispose() => _place.Dispose();

    private static string OfThisBoot(string json) => json
        .Replace("BOOT", File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim(), StringComparison.Ordinal)
        .Replace("NS", new FileInfo("/proc/self/ns/pid").LinkTarget, StringComparison.Ordinal)
        .Replace("HOST", Environment.MachineName, StringComparison.Ordinal);

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("{\"pid\":\"x\"}")]
    [InlineData("{\"pid\":1e99,\"start\":1,\"since\":\"2026-01-01T00:00:00Z\"}")]
    [InlineData("{\"pid\":1,\"start\":1,\"since\":\"not a date\"}")]
    [InlineData("{\"pid\":1,\"start\":1,\"since\":12}")]
    [InlineData("{\"pid\":1,\"start\":1,\"host\":{},\"since\":\"2026-01-01T00:00:00Z\"}")]
    [InlineData("{\"pid\":1,\"start\":1,\"host\":\"\\ud800\",\"since\":\"2026-01-01T00:00:00Z\"}")]
    [InlineData("{\"pid\":-5,\"start\":1,\"boot\":\"\",\"since\":\"2026-01-01T00:00:00Z\"}")]
    [InlineData("\0\0\0\0")]
    public void A_record_that_makes_no_sense_is_ignored_and_replaced(string content)
    {
        File.WriteAllText(Record, content);
        _ = LockInspector.Inspect(Request.Targets[0]);
        using (LockLease held = FileLock.Acquire(Request with { NoWait = true, Reason = "mine" }))
            Eventually.True(() => LockInspector.Inspect(Request.Targets[0]).Holders is [{ Reason: "mine" }], "a record of my own");
        Assert.False(File.Exists(Record));
    }

    [Fact]
    public void A_deeply_nested_or_a_huge_record_is_ignored()
    {
        foreach (string content in new[] { new string('[', 10_000), "{\"pid\":1,\"x\":\"" + new string('y', 20_000_000) + "\"}" })
        {
            File.WriteAllText(Record, content);
            Assert.Null(LockInspector.Inspect(Request.Targets[0]).CrashedHolder);
            using LockLease held = FileLock.Acquire(Request);
            Assert.Null(held.CrashedHolder);
        }
    }

    [Fact]
    public void Control_characters_of_a_record_never_reach_the_reader()
    {
        File.WriteAllText(Record, OfThisBoot(Valid)
            .Replace("\"u\"", "\"\\u001b[2J\\u0007\"", StringComparison.Ordinal)
            .Replace("\"c\"", "\"rm\\r\\n\\u009b31m\"", StringComparison.Ordinal));
        LockHolder crashed = LockInspector.Inspect(Request.Targets[0]).CrashedHolder!;
        Assert.NotNull(crashed);
        Assert.DoesNotContain(crashed.Describe(), char.IsControl);
        using Peer procdedup = Peer.Procdedup(_place, "lock", "x", "--", "true");
        string told = Assert.Single(procdedup.Finish().Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("PID 999999", told, StringComparison.Ordinal);
        Assert.DoesNotContain(told, char.IsControl);
    }

    [Fact]
    public void A_record_of_another_boot_or_container_tells_of_no_crash_by_pid()
    {
        File.WriteAllText(Record, Valid);
        LockHolder? crashed = LockInspector.Inspect(Request.Targets[0]).CrashedHolder;
        Assert.Null(crashed?.ProcessId);
    }

    [Fact]
    public void A_record_that_names_a_living_stranger_makes_nobody_a_holder()
    {
        using Peer stranger = Peer.Run(_place, "/bin/cat");
        string start = File.ReadAllText($"/proc/{stranger.Id}/stat").Split(' ')[21];
        File.WriteAllText(Record, OfThisBoot(Valid).Replace("999999", $"{stranger.Id}", StringComparison.Ordinal)
            .Replace("\"start\":1", "\"start\":" + start, StringComparison.Ordinal));
        LockStatus status = LockInspector.Inspect(Request.Targets[0]);
        Assert.Equal((LockState.Free, 0), (status.State, status.Holders.Count));
        FileLock.Acquire(Request with { NoWait = true }).Dispose();
    }

    [Theory]
    [InlineData("symlink")]
    [InlineData("fifo")]
    [InlineData("directory")]
    public void What_is_no_file_is_neither_followed_nor_waited_for(string kind)
    {
        string victim = _place.File("victim");
        File.WriteAllText(victim, OfThisBoot(Valid));
        if (kind == "symlink")
            Links.ToFile(Record, victim);
        else if (kind == "directory")
            Directory.CreateDirectory(Record);
        else
            using (Peer make = Peer.Run(_place, "mkfifo", Record))
                Assert.Equal(0, make.WaitForExit());
        Assert.Null(LockInspector.Inspect(Request.Targets[0]).CrashedHolder);
        using (LockLease held = OtherFlow.Start(() => FileLock.Acquire(Request with { Timeout = TimeSpan.FromSeconds(10) })).Result("the lock"))
        {
            Assert.Null(held.CrashedHolder);
            if (kind != "directory")
                Eventually.True(() => LockInspector.Inspect(Request.Targets[0]).Holders is [{ Since: not null }], "a record of my own");
        }

        Assert.Equal(OfThisBoot(Valid), File.ReadAllText(victim));
        FileLock.Acquire(Request).Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData("four")]
    [InlineData("-4")]
    [InlineData("4000")]
    [InlineData("99999999999999999999")]
    public void A_slot_count_that_makes_no_sense_is_written_anew(string content)
    {
        File.WriteAllText(Request.Targets[0].LockFile + ".slots", content);
        FileLock.Acquire(Request with { Mode = LockMode.Slot, Slots = 4 }).Dispose();
        Assert.Equal("4\n", File.ReadAllText(Request.Targets[0].LockFile + ".slots"));
    }
}
