using System;
using System.Globalization;
using System.IO;
using System.Linq;
using Npgsql;
using ProcessDedup.Coordination;
using ProcessDedup.Postgres;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Cli;

/// <summary>procdedup --coordinator, on two "machines": two roots.</summary>
public sealed class FleetCommandTests : IDisposable
{
    private readonly TestDirectory _here = new();
    private readonly TestDirectory _there = new();
    private readonly string _connection;

    public FleetCommandTests(PostgresServer server) => _connection = server.NewDatabase();

    public void Dispose()
    {
        _here.Dispose();
        _there.Dispose();
    }

    private static (int Code, string Output, string Errors) Run(TestDirectory machine, params string[] arguments)
    {
        using Peer procdedup = Peer.Procdedup(machine, arguments);
        procdedup.EndInput();
        return procdedup.Finish();
    }

    [Fact]
    public void A_command_has_the_lock_of_all_machines_and_its_fencing_number()
    {
        using Peer holder = Peer.Procdedup(
            _there, "lock", "deploy", "--coordinator", _connection, "--reason", "rolling out", "--", "sh", "-c", "echo in $PROCESSDEDUP_FENCE; read x");
        holder.Await("in 1");
        (int code, _, string errors) = Run(_here, "lock", "deploy", "--no-wait", "--coordinator", _connection, "--", "true");
        Assert.Equal(75, code);
        Assert.Contains("PID " + holder.Id, errors, StringComparison.Ordinal);
        // This machine's lock of that name is another one.
        Assert.Equal(0, Run(_here, "lock", "deploy", "--no-wait", "--", "true").Code);
        using Peer waiter = Peer.Procdedup(_here, "lock", "deploy", "--coordinator", _connection, "--", "sh", "-c", "echo in $PROCESSDEDUP_FENCE");
        using Coordinator fleet = PostgresCoordinator.Open(_connection);
        Eventually.True(() => fleet.Inspect("deploy")[0] is { Holders: [{ Reason: "rolling out" }], Waiters.Count: 1 }, "one holds it and one waits");
        (_, string table, _) = Run(_here, "locks", "--coordinator", _connection);
        string row = table.Split('\n').Single(l => l.Contains("deploy (fleet)", StringComparison.Ordinal));
        Assert.Contains("rolling out", row, StringComparison.Ordinal);
        Assert.DoesNotContain(PostgresServer.Secret, table, StringComparison.Ordinal);
        (_, string json, _) = Run(_here, "locks", "deploy", "--json", "--coordinator", _connection);
        Assert.Contains("\"coordinator\": \"postgresql://postgres@127.0.0.1", json, StringComparison.Ordinal);
        Assert.DoesNotContain(PostgresServer.Secret, json, StringComparison.Ordinal);
        holder.Say("go");
        waiter.Await("in ");
        Assert.Equal(0, waiter.WaitForExit());
        Assert.Equal(0, holder.WaitForExit());
    }

    [Fact]
    public void A_holder_with_the_same_process_id_on_another_machine_is_named()
    {
        using Peer waiter = Peer.Run(
            _here, "/bin/sh", "-c", "read x; exec \"$PROCDEDUP\" lock deploy --coordinator \"$1\" -- true", "sh", _connection);
        using var holder = new NpgsqlConnection(string.Create(
            CultureInfo.InvariantCulture, $"{_connection};Pooling=false;Application Name=procdedup {waiter.Id} elsewhere"));
        holder.Open();
        using var take = new NpgsqlCommand(
            string.Create(CultureInfo.InvariantCulture, $"SELECT pg_advisory_lock({LockKey.Of("deploy")})"), holder);
        take.ExecuteNonQuery();
        waiter.Say("go");
        // Where the server takes too long over it the first notice names nobody, and the next one comes after a minute.
        Eventually.True(
            () => waiter.Errors.Split('\n').Any(
                line => line.Contains("waiting for lock 'deploy'", StringComparison.Ordinal) && line.Contains("host elsewhere", StringComparison.Ordinal)),
            "the notice");
        holder.Close();
        Assert.Equal(0, waiter.WaitForExit());
    }

    [Fact]
    public void A_lost_lock_is_told_while_the_command_runs()
    {
        using Peer holder = Peer.Procdedup(_there, "lock", "deploy", "--coordinator", _connection, "--", "sh", "-c", "echo in; read x; exit 5");
        holder.Await("in");
        PostgresServer.Terminate(_connection);
        Eventually.True(() => holder.Errors.Contains("was lost while it was held", StringComparison.Ordinal), "the loss");
        Assert.DoesNotContain(PostgresServer.Secret, holder.Errors, StringComparison.Ordinal);
        holder.Say("go");
        Assert.Equal(5, holder.WaitForExit());
    }

    [Fact]
    public void A_command_that_ended_well_without_its_lock_of_all_machines_does_not_end_well_and_finds_the_loss_in_a_file()
    {
        using Peer holder = Peer.Procdedup(
            _there, "lock", "deploy", "--coordinator", _connection, "--", "sh", "-c",
            "test -e \"$PROCESSDEDUP_LOST_FILE\" && exit 3; echo in; while ! test -s \"$PROCESSDEDUP_LOST_FILE\"; do sleep 0.05; done; cat \"$PROCESSDEDUP_LOST_FILE\"");
        holder.Await("in");
        PostgresServer.Terminate(_connection);
        Assert.Equal("deploy", holder.Read("the name of the lost lock"));
        Assert.Equal(79, holder.WaitForExit());
        Assert.Contains("was lost while it was held", holder.Errors, StringComparison.Ordinal);
        // The others go on without it.
        Assert.Equal(0, Run(_here, "lock", "deploy", "--no-wait", "--coordinator", _connection, "--", "true").Code);
    }

    [Fact]
    public void With_on_lost_terminate_a_lost_lock_of_all_machines_ends_the_command_and_kills_it_after_the_grace()
    {
        using Peer polite = Peer.Procdedup(
            _there, "lock", "deploy", "--coordinator", _connection, "--on-lost", "terminate", "--", "sh", "-c", "trap 'echo asked; exit 0' TERM; echo in; while :; do sleep 0.05; done");
        polite.Await("in");
        PostgresServer.Terminate(_connection);
        polite.Expect("asked");
        Assert.Equal(79, polite.WaitForExit());
        using Peer stubborn = Peer.Procdedup(
            _there, "lock", "deploy", "--coordinator", _connection, "--on-lost", "terminate", "--grace-sec", "0.5", "--", "sh", "-c", "trap '' TERM; echo in; while :; do sleep 0.05; done");
        stubborn.Await("in");
        PostgresServer.Terminate(_connection);
        Assert.Equal(79, stubborn.WaitForExit());
    }

    [Fact]
    public void What_is_wrong_with_the_coordinator_has_its_exit_code_and_no_secret_in_it()
    {
        const string secret = "hunter2hunter2";
        string marker = _here.File("ran");
        foreach ((int code, string connection) in new[]
        {
            (64, ""), (64, $"postgres://ci:a/{secret}@db/x"), (69, $"Host=127.0.0.1;Port=1;Username=ci;Password={secret}"),
            (77, _connection.Replace("Username=postgres", "Username=nobody", StringComparison.Ordinal)),
        })
        {
            (int found, string output, string errors) = Run(_here, "lock", "deploy", "--coordinator", connection, "--on-timeout", "proceed", "--", "touch", marker);
            Assert.True(found == code, errors);
            Assert.DoesNotContain(secret, output + errors, StringComparison.Ordinal);
            Assert.NotEmpty(errors);
        }

        Assert.False(File.Exists(marker));
        Assert.Equal(64, Run(_here, "lock", "--file", marker, "--coordinator", _connection, "--", "true").Code);
        (int usage, _, string wrong) = Run(_here, "locks", "--coordinator", "Host=db", $"--x=Host=db;Password={secret}");
        Assert.Equal(64, usage);
        Assert.DoesNotContain(secret, wrong, StringComparison.Ordinal);
    }
}
