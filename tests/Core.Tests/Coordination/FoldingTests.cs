using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Npgsql;
using ProcessDedup.Coordination;
using ProcessDedup.Locks;
using ProcessDedup.Postgres;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Coordination;

/// <summary>The name that the server's functions lock in a transaction is the name that processes lock, whatever is in it.</summary>
public sealed class FoldingTests(PostgresServer server) : IDisposable
{
    // With a letter behind each they stay below the 180 bytes of a name, also where each is written as %XX.
    private const int CharactersOfName = 30;

    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Server_and_process_agree_about_every_code_point()
    {
        string connection = server.NewDatabase();
        using (Coordinator fleet = PostgresCoordinator.Open(connection))
            FileLock.Acquire(new LockRequest(_place.Named("x")) { Coordinator = fleet }).Dispose();
        var taken = new List<string>();
        var refused = new List<string>();
        var name = new StringBuilder("a");
        foreach (int point in Enumerable.Range(1, 0x10FFFF).Where(point => point is < 0xD800 or > 0xDFFF))
        {
            string character = char.ConvertFromUtf32(point);
            if (Encoded($"a{character}a") is null)
            {
                refused.Add($"a{character}a");
                continue;
            }

            name.Append(character).Append('a');
            if (name.Length >= 1 + (2 * CharactersOfName) || point == 0x10FFFF)
            {
                taken.Add(name.ToString());
                name.Clear().Append('a');
            }
        }

        // Among them 4,096 that nobody can see (U+E0000 and what follows), and the marks where .NET has no ICU.
        Assert.InRange(refused.Count, 4096, 20_000);
        using var session = new NpgsqlConnection(connection + ";Pooling=false;Application Name=the test");
        session.Open();
        string[] Ask(string sql, List<string> names)
        {
            using var command = new NpgsqlCommand(sql, session) { CommandTimeout = 600 };
            command.Parameters.AddWithValue(names.ToArray());
            return (string[])command.ExecuteScalar()!;
        }

        string[] found = Ask("SELECT array_agg(procdedup.encoded_name(name) ORDER BY place) FROM unnest($1::text[]) WITH ORDINALITY AS n(name, place)", taken);
        for (int i = 0; i < taken.Count; i++)
            Assert.Equal(Encoded(taken[i]), found[i]);

        using (var attempt = new NpgsqlCommand(
            """
            CREATE FUNCTION pg_temp.attempt(name text) RETURNS text LANGUAGE plpgsql AS $f$
            BEGIN RETURN procdedup.encoded_name(name); EXCEPTION WHEN invalid_parameter_value THEN RETURN 'refused'; END $f$
            """,
            session))
        {
            attempt.ExecuteNonQuery();
        }

        found = Ask("SELECT array_agg(pg_temp.attempt(name) ORDER BY place) FROM unnest($1::text[]) WITH ORDINALITY AS n(name, place)", refused);
        // Where .NET has no ICU the process refuses more: what has another form in NFC, which the server can compose.
        string[] differing = [.. refused.Zip(found).Where(pair => pair.Second != "refused" && !NormalForm.HasOtherForm(pair.First, 1)).Select(pair => $"U+{char.ConvertToUtf32(pair.First, 1):X}")];
        Assert.Empty(differing);
    }

    private static string? Encoded(string name)
    {
        try
        {
            return LockName.Parse(name).Encoded;
        }
        catch (LockException)
        {
            return null;
        }
    }
}
