using System;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Npgsql;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;
using ProcessDedup.Postgres;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Coordination;

/// <summary>Locks of the fleet that a transaction of another program holds: real sessions of psql.</summary>
public sealed class TransactionLockTests : IDisposable
{
    private readonly TestDirectory _place = new();
    private readonly string _connection;
    private readonly Coordinator _fleet;

    public TransactionLockTests(PostgresServer server)
    {
        _connection = server.NewDatabase();
        _fleet = PostgresCoordinator.Open(_connection);
        _fleet.Inspect(null);
    }

    public void Dispose()
    {
        _fleet.Dispose();
        _place.Dispose();
    }

    private LockRequest Wanted => new(_place.Named("deploy")) { Coordinator = _fleet };

    private Peer Psql()
    {
        var settings = new NpgsqlConnectionStringBuilder(_connection);
        string target = string.Create(
            CultureInfo.InvariantCulture,
            $"host=127.0.0.1 port={settings.Port} dbname={settings.Database} user={settings.Username} password={settings.Password} application_name=launchpad");
        return Peer.Run(_place, PostgresServer.Psql, "-XqAt", target);
    }

    private LockStatus Status => _fleet.Inspect("deploy")[0];

    [Theory]
    [InlineData("COMMIT")]
    [InlineData("ROLLBACK")]
    [InlineData(null)]
    public void It_excludes_the_fleet_until_its_transaction_ends_however_it_ends(string? end)
    {
        using LockLease before = FileLock.Acquire(Wanted);
        long fence = before.Fence!.Value;
        using Peer psql = Psql();
        psql.Say("BEGIN; SELECT coalesce(procdedup.try_lock_in_transaction('deploy'), -1);");
        psql.Expect("-1");
        psql.Say("SELECT procdedup.lock_in_transaction('deploy');");
        Eventually.True(() => Status.Waiters.Count == 1, "it waits");
        before.Dispose();
        long own = long.Parse(psql.Read("the fencing number"), CultureInfo.InvariantCulture);
        Assert.True(own > fence);
        LockHolder seen = Status.Holders.Single();
        Assert.Equal(("launchpad", "postgres", "127.0.0.1", LockMode.Exclusive), (seen.CommandLine, seen.User, seen.Host, seen.Mode));
        Assert.Contains("launchpad", Expect.Error(LockError.LockBusy, () => FileLock.Acquire(Wanted with { NoWait = true })).Message, StringComparison.Ordinal);
        Task<LockLease> wait = OtherFlow.Start(() => FileLock.Acquire(Wanted));
        Eventually.True(() => Status.Waiters.Count == 1, "the fleet waits");
        if (end is null)
            psql.Kill();
        else
            psql.Say(end + ";");
        using LockLease after = wait.Result("the grant");
        Assert.True(after.Fence > own);
    }

    [Fact]
    public void What_was_tried_for_is_free_after_the_transaction_and_held_while_it_is_prepared()
    {
        using Peer psql = Psql();
        psql.Say("BEGIN; SELECT procdedup.try_lock_in_transaction('deploy') > 0;");
        psql.Expect("t");
        Expect.Error(LockError.LockBusy, () => FileLock.Acquire(Wanted with { NoWait = true }));
        psql.Say("COMMIT; SELECT 'over';");
        psql.Expect("over");
        FileLock.Acquire(Wanted with { NoWait = true }).Dispose();
        string name = PostgresServer.NameOf(_connection);
        psql.Say($"BEGIN; SELECT procdedup.lock_in_transaction('deploy') > 0; PREPARE TRANSACTION '{name}'; SELECT 'prepared';");
        psql.Expect("t").Expect("prepared");
        psql.Kill();
        Assert.Equal("a prepared transaction", _fleet.Inspect(null).Single().Holders.Single().Reason);
        Assert.Contains("a prepared transaction", Expect.Error(LockError.LockBusy, () => FileLock.Acquire(Wanted with { NoWait = true })).Message, StringComparison.Ordinal);
        PostgresServer.Sql(_connection, $"COMMIT PREPARED '{name}'");
        FileLock.Acquire(Wanted with { NoWait = true }).Dispose();
    }

    [Fact]
    public async Task A_program_of_dotnet_takes_it_on_its_own_connection()
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        await using var connection = new NpgsqlConnection(_connection);
        await connection.OpenAsync(stop);
        await using (NpgsqlTransaction transaction = await connection.BeginTransactionAsync(stop))
        {
            long fence = await TransactionLock.TakeAsync(transaction, "deploy", stop);
            Assert.True(fence > 0);
            Assert.Null(FileLock.TryAcquireAll(Wanted));
            Assert.Throws<LockException>(() => TransactionLock.TakeAsync(transaction, "a/b", stop).GetAwaiter().GetResult());
            await transaction.CommitAsync(stop);
        }

        using LockLease lease = FileLock.Acquire(Wanted with { NoWait = true });
        await using NpgsqlTransaction second = await connection.BeginTransactionAsync(stop);
        Assert.Null(await TransactionLock.TryTakeAsync(second, "deploy", stop));
        await using var elsewhere = new NpgsqlConnection(_connection + ";Database=postgres;Pooling=false");
        await elsewhere.OpenAsync(stop);
        await using NpgsqlTransaction third = await elsewhere.BeginTransactionAsync(stop);
        var missing = await Assert.ThrowsAsync<CoordinatorException>(() => TransactionLock.TakeAsync(third, "deploy", stop));
        Assert.Equal(CoordinatorError.CoordinatorUnfit, missing.Error);
        Assert.DoesNotContain(PostgresServer.Secret, missing.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_server_gives_every_name_the_number_that_this_library_gives_it()
    {
        string[] names =
        [
            "a", "nuget-restore", "a b", "CON", "con", "nul.txt", "COM1", "com1.x", "COM10", "COM\u0663", "LPT9", "LPT", "aux.", "Console", "e:f?", "<a>|\"b\"*", "%41", "%",
            "é", "e\u0301", "\u212B", "A\u030A", "ﬁ", "\uAC00", "\u1100\u1161", "💡", "שלום", "a\u0323\u0307", "a\u0307\u0323", "Ǆ", "ı", "İ", "\u2126", "\u1E9B\u0323",
            "'; DROP SCHEMA procdedup; --", "$1", "\"quoted\"", "a'b", "~", "@", "x.y.z", "\u00ADa", "\u200Ba", "\u3000a", "\u00A0a", "a\u2028", "\u0085a", "a\u0085b", "a\u009Fb", "a\tb",
            ".a", "a.", "..", "a/b", "a\\b", "", " ", " a", "a ", "\u2003", new string('n', 180), new string('n', 181), new string('é', 90), new string('é', 91), new string('?', 60), new string('?', 61),
            "\U0001D160", "\uFB1D", "\u0344", "ΐ", "\u0390", "a\u00A0b", "\uFEFFa", "\uFFFDa",
            .. Enumerable.Range(0x20, 0x5F).Select(c => $"x{(char)c}y"),
        ];
        using var connection = new NpgsqlConnection(_connection);
        connection.Open();
        Assert.All(names, name =>
        {
            using var command = new NpgsqlCommand("SELECT procdedup.lock_key($1)", connection);
            command.Parameters.Add(new NpgsqlParameter { Value = name });
            long? ours = null, theirs = null;
            try
            {
                ours = LockKey.Of(name);
            }
            catch (LockException)
            {
                // Then the server must refuse it as well.
            }

            try
            {
                theirs = (long)command.ExecuteScalar()!;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidParameterValue)
            {
                Assert.Contains("is not a lock name", e.MessageText, StringComparison.Ordinal);
            }

            // Without ICU this process refuses what it cannot bring into its one form; it never gives it another number.
            Assert.True(ours == theirs || (ours is null && name.Where((_, i) => NormalForm.HasOtherForm(name, i)).Any()), $"{ours} and {theirs}");
        });
        // A null that were the answer to a null would be no lock at all.
        Assert.Throws<PostgresException>(() => PostgresServer.Sql(_connection, "SELECT procdedup.lock_in_transaction(NULL)"));
        Assert.Throws<PostgresException>(() => PostgresServer.Sql(_connection, "SELECT procdedup.try_lock_in_transaction(NULL)"));
    }

    [Fact]
    public void Names_are_shown_in_lists_once_the_server_knows_them_and_collisions_are_refused()
    {
        using Peer psql = Psql();
        psql.Say("BEGIN; SELECT procdedup.lock_in_transaction('deploy') > 0;");
        psql.Expect("t");
        Assert.Empty(_fleet.Inspect(null));
        using (Peer names = Psql())
        {
            names.Say("SELECT procdedup.name_lock('deploy') = procdedup.lock_key('deploy');");
            names.Expect("t");
        }

        Assert.Equal("launchpad", _fleet.Inspect(null).Single().Holders.Single().CommandLine);
        PostgresServer.Sql(_connection, "INSERT INTO procdedup.lock_name(key, name) SELECT procdedup.lock_key('other'), 'another'");
        var collision = Assert.Throws<PostgresException>(() => PostgresServer.Sql(_connection, "SELECT procdedup.try_lock_in_transaction('other')"));
        Assert.Contains("'another'", collision.MessageText, StringComparison.Ordinal);
    }
}
