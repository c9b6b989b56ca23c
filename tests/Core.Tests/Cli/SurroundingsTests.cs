using System;
using System.IO;
using System.Linq;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Cli;

/// <summary>procdedup in odd surroundings: what it was started with, and what it hands down.</summary>
public sealed class SurroundingsTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void A_wait_for_a_file_needs_no_root_at_all()
    {
        string file = _place.File("f.lock");
        using Peer holder = Peer.Locker(_place, "hold", "file:" + file).Expect("HELD");
        Peer Wait(params string[] how) => Peer.Run(
            _place, "env", ["PROCESSDEDUP_HOME=relative", Programs.Procdedup, "lock", "--file", file, .. how, "--", "true"]);
        using Peer hasty = Wait("--timeout-sec", "0.1");
        Assert.Equal(75, hasty.Finish().Code);
        using Peer waiting = Wait();
        Eventually.True(() => waiting.Errors.Contains("waiting for lock", StringComparison.Ordinal), "the notice");
        holder.EndInput();
        Assert.Equal(0, waiting.Finish().Code);
    }

    [Fact]
    public void A_wait_for_a_file_with_the_longest_name_only_has_no_gate()
    {
        string file = _place.File(new string('n', 253));
        using Peer holder = Peer.Locker(_place, "hold", "file:" + file).Expect("HELD");
        using Peer waiting = Peer.Procdedup(_place, "lock", "--file", file, "--timeout-sec", "1.5", "--", "true");
        Assert.Equal(75, waiting.Finish().Code);
        using Peer locks = Peer.Procdedup(_place, "locks", "--file", file);
        Assert.Contains($"PID {holder.Id}", locks.Finish().Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/proc/no-such-file")]
    [InlineData("/proc/self/no-such-file")]
    public void A_place_where_files_cannot_be_made_is_an_error_and_not_a_loop(string file)
    {
        using Peer procdedup = Peer.Procdedup(_place, "lock", "--file", file, "--", "true");
        (int code, _, string errors) = procdedup.Finish();
        Assert.NotEqual(0, code);
        // It names the directory, which /proc/self is not by its own name.
        Assert.Contains("'/proc", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void In_a_directory_that_was_removed_names_work_and_a_relative_file_is_a_typed_error()
    {
        string gone = _place.File("gone");
        (int Code, string Output, string Errors) Run(string arguments)
        {
            using Peer procdedup = Peer.Run(
                _place, "/bin/sh", "-c", $"mkdir {gone}; cd {gone}; rmdir {gone}; exec \"$PROCDEDUP\" {arguments}");
            return procdedup.Finish();
        }

        Assert.Equal((0, "ran", ""), Run("lock x -- echo ran"));
        Assert.Equal((0, "ran", ""), Run("once x -- echo ran"));
        (int code, string output, string errors) = Run("lock --file own.lock -- echo ran");
        Assert.Equal((78, ""), (code, output));
        Assert.Contains("the directory of 'own.lock' does not exist", errors, StringComparison.Ordinal);
        Assert.Equal(78, Run("locks --file own.lock").Code);
    }

    [Fact]
    public void Nohup_keeps_a_wait_alive_when_the_terminal_goes()
    {
        using Peer holder = Peer.Locker(_place, "hold", "x").Expect("HELD");
        using Peer waiting = Peer.Run(_place, "/bin/sh", "-c", "trap '' HUP; exec \"$PROCDEDUP\" lock x -- echo ran");
        KernelView.AwaitWaiters(_place.Named("x").LockFile, 1);
        waiting.Signal("HUP");
        holder.EndInput();
        Assert.Equal((0, "ran"), (waiting.WaitForExit(), waiting.ReadToEnd().Single()));
    }

    [Fact]
    public void A_command_in_a_pipe_ends_in_silence_when_its_reader_goes()
    {
        using Peer procdedup = Peer.Procdedup(
            _place, "lock", "x", "--", "sh", "-c", "{ yes; echo $? >&2; } | head -n 1");
        (int code, string output, string errors) = procdedup.Finish();
        Assert.Equal((0, "y"), (code, output));
        // 128 + SIGPIPE, where a handed-down "ignore" would be an error message and 1.
        Assert.Equal("141", errors.Trim());
    }

    [Fact]
    public void Two_dashes_make_sense_for_lock_only()
    {
        using Peer hold = Peer.Locker(_place, "hold", "x").Expect("HELD");
        hold.EndInput();
        hold.WaitForExit();
        using Peer procdedup = Peer.Procdedup(_place, "clear-stale", "--older-than-hours", "0", "--", "--dry-run");
        Assert.Equal(64, procdedup.Finish().Code);
        Assert.True(File.Exists(_place.Named("x").LockFile));
    }

    [Fact]
    public void With_too_few_processes_allowed_the_error_names_the_limit_and_the_next_step()
    {
        // Limits count by user: no other test's processes.
        OtherUser other = new OtherUser(_place, Programs.Procdedup).As(64801);
        Directory.CreateDirectory(_place.Home);
        Modes.Set(_place.Home, (UnixFileMode)0x3ff); // 1777
        int typed = 0, granted = 0;
        for (int limit = 4; limit < 64 && granted < 3; limit++)
        {
            using Peer procdedup = other.StartLimited(limit, "lock", "x", "--", "true");
            (int code, _, string errors) = procdedup.Finish();
            granted = code == 0 ? granted + 1 : 0;
            typed += code == 71 ? 1 : 0;
            // Below some number the runtime itself does not start, or aborts or stands still where it gets no thread of its own (134, 137).
            Assert.True(code is 0 or 71 or 126 or 134 or 137, $"{code} at {limit}: {errors}");
            Assert.DoesNotContain("   at ProcessDedup", errors, StringComparison.Ordinal);
            if (code == 71)
                Assert.Contains("ulimit -u", errors, StringComparison.Ordinal);
        }

        Assert.Equal(3, granted);
        Assert.True(typed > 0, "no limit at which the program started and its work did not");
    }
}
