using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fleet;

/// <summary><c>procdedup once --coordinator</c> on two machines.</summary>
public sealed class FleetOnceTests(PostgresServer server) : IDisposable
{
    private readonly TwoMachines _it = new(server);

    public void Dispose() => _it.Dispose();

    private Peer Once(TestDirectory machine, string script, params string[] options) =>
        Peer.Procdedup(machine, ["once", "deploy", "--coordinator", _it.Connection, .. options, "--", "sh", "-c", script]);

    private string Runs => _it.Here.NewDirectory("runs");

    [Fact]
    public void Of_two_machines_with_many_processes_one_runs_it_and_all_print_the_same()
    {
        string script = $"mktemp {Runs}/XXXXXXXX >/dev/null; printf 'out\\000put'; echo fault >&2";
        List<Peer> peers = [.. _it.Both.SelectMany(machine => Enumerable.Range(0, Scale.Of(4, 16)).Select(_ => Once(machine, script)))];
        foreach (Peer peer in peers)
        {
            (int code, string output, string errors) = peer.Finish();
            Assert.True(code == 0, errors);
            Assert.Equal("out\0put", output);
            Assert.Contains("fault", errors, StringComparison.Ordinal);
            peer.Dispose();
        }

        Assert.Single(Directory.GetFiles(Runs));
    }

    [Fact]
    public void A_failure_is_for_those_who_waited_on_any_machine()
    {
        string gate = _it.Here.File("gate");
        string script = $"mktemp {Runs}/XXXXXXXX >/dev/null; echo began; while ! [ -e {gate} ]; do sleep 0.02; done; echo broken >&2; exit 7";
        using Peer leader = Once(_it.There, script);
        leader.Expect("began");
        using Peer waiter = Once(_it.Here, script);
        _it.AwaitQueued(1);
        File.WriteAllText(gate, "");
        Assert.Equal(7, leader.Finish().Code);
        (int code, string output, string errors) = waiter.Finish();
        Assert.Equal((7, "began"), (code, output));
        Assert.Contains("broken", errors, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(Runs));
        using Peer later = Once(_it.Here, script);
        Assert.Equal(7, later.Finish().Code);
        Assert.Equal(2, Directory.GetFiles(Runs).Length);
    }

    [Fact]
    public void A_waiter_is_told_for_whom_and_takes_over_when_that_one_is_killed()
    {
        string gate = _it.Here.File("gate");
        string script = $"echo began; while ! [ -e {gate} ]; do sleep 0.02; done";
        using Peer leader = Once(_it.There, script);
        leader.Expect("began");
        using Peer waiter = Once(_it.Here, script);
        Eventually.True(
            () => waiter.Errors.Contains("procdedup: waiting for ", StringComparison.Ordinal), "whom it waits for");
        Assert.Contains($"(PID {leader.Id}", waiter.Errors, StringComparison.Ordinal);
        leader.Kill();
        File.WriteAllText(gate, "");
        Assert.Equal(0, waiter.Finish().Code);
    }

    [Fact]
    public void A_result_is_as_old_for_all_machines()
    {
        string script = $"mktemp {Runs}/XXXXXXXX";
        string Run(TestDirectory machine, params string[] options)
        {
            using Peer once = Once(machine, script, options);
            return once.Finish().Output;
        }

        string first = Run(_it.Here, "--ttl-sec", "3600");
        Assert.Equal(first, Run(_it.There, "--ttl-sec", "3600"));
        Assert.NotEqual(first, Run(_it.There, "--ttl-sec", "0"));
        Assert.Equal(2, Directory.GetFiles(Runs).Length);
    }

    [Fact]
    public void A_result_that_is_too_large_stays_on_its_machine_and_that_is_said()
    {
        using Peer large = Once(_it.Here, "head -c 30000000 /dev/urandom | base64 | head -c 30000000");
        (int code, string output, string errors) = large.Finish();
        Assert.Equal(0, code);
        Assert.True(output.Length > 20_000_000);
        Assert.Contains("too large for the coordinator", errors, StringComparison.Ordinal);
        Assert.Equal(0, _it.Rows());
    }

    [Fact]
    public void A_result_that_was_changed_in_the_table_is_refused_and_the_command_runs_again()
    {
        string script = $"mktemp {Runs}/XXXXXXXX";
        using (Peer first = Once(_it.Here, script))
            Assert.Equal(0, first.Finish().Code);
        PostgresServer.Sql(_it.Connection, "UPDATE procdedup.flight SET content = set_byte(content, 40, get_byte(content, 40) # 1)");
        using Peer second = Once(_it.There, script);
        (int code, _, string errors) = second.Finish();
        Assert.Equal(0, code);
        Assert.Contains("is refused", errors, StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(Runs).Length);
    }

    [Fact]
    public void Without_a_server_nothing_runs()
    {
        string marker = _it.Here.File("ran");
        using Peer once = Peer.Procdedup(
            _it.Here, "once", "deploy", "--coordinator", "Host=127.0.0.1;Port=1;Username=ci;Password=hunter2hunter2", "--", "touch", marker);
        (int code, _, string errors) = once.Finish();
        Assert.Equal(69, code);
        Assert.Contains("cannot be reached", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(marker));
    }
}
