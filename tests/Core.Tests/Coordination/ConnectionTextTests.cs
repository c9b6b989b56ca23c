using System;
using System.Globalization;
using System.IO;
using System.Linq;
using Npgsql;
using ProcessDedup.Coordination;
using ProcessDedup.Postgres;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Coordination;

/// <summary>A coordinator as users of PostgreSQL write it, and what psql makes of the same text.</summary>
public sealed class ConnectionTextTests(PostgresServer server) : IDisposable
{
    private const string Mark = "hunter2Mark";

    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("postgresql://ci@db.example/agents", "postgresql://ci@db.example:5432/agents")]
    [InlineData("postgres://ci:a%2Fb%40c@db.example:5433/agents?sslmode=verify-full", "postgresql://ci@db.example:5433/agents")]
    [InlineData("postgresql://db.example", "postgresql://db.example:5432")]
    [InlineData("postgresql://ci:x@[::1]:5433/agents", "postgresql://ci@[::1]:5433/agents")]
    [InlineData("postgresql://ci@%2Frun%2Fpostgresql/agents", "postgresql://ci@/agents?host=/run/postgresql&port=5432")]
    [InlineData("postgresql:///agents?host=db.example&port=5433&user=ci&password=x&connect_timeout=3", "postgresql://ci@db.example:5433/agents")]
    [InlineData("postgresql://ci%40REALM@db.example/agents?ssl=true", "postgresql://ci@REALM@db.example:5432/agents")]
    [InlineData("host=db.example", "postgresql://db.example:5432")]
    [InlineData("host=db.example password=x user=ci dbname=agents port=5433", "postgresql://ci@db.example:5433/agents")]
    [InlineData(" host = db.example  password = 'a b\\'c;d=e' user=ci ", "postgresql://ci@db.example:5432")]
    [InlineData("host=db.example password=a;b user=ci", "postgresql://ci@db.example:5432")]
    [InlineData("hostaddr=10.0.0.1 dbname=agents target_session_attrs=read-write application_name='my job'", "postgresql://10.0.0.1:5432/agents")]
    [InlineData("host=/run/postgresql user=ci", "postgresql://ci@/?host=/run/postgresql&port=5432")]
    [InlineData("Host=db.example;Database=agents;Username=ci", "postgresql://ci@db.example:5432/agents")]
    [InlineData("host=db.example;database=agents;user id=ci;password=a b=c", "postgresql://ci@db.example:5432/agents")]
    [InlineData("password=x;host=db.example", "postgresql://db.example:5432")]
    [InlineData("Server=db.example:5433;DB=agents;UID=ci;PWD='x;y'", "postgresql://ci@db.example:5433/agents")]
    [InlineData("Host=::1;Username=ci;Search Path=a b;Timezone=Europe/Berlin;Application Name=my job", "postgresql://ci@[::1]:5432")]
    [InlineData("Host=db.example;Options=-c geqo=off;Root Certificate=/etc/my certificates/ca.pem", "postgresql://db.example:5432")]
    public void Each_form_leads_to_its_server(string text, string place)
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariables().Keys.Cast<string>().Any(name => name is "PGPORT" or "PGDATABASE" or "PGUSER"), "A database is set here.");
        using Coordinator fleet = PostgresCoordinator.Open(text);
        Assert.Equal(place, fleet.Place);
    }

    [Fact]
    public void What_makes_a_connection_of_libpq_safe_counts_here_as_well()
    {
        NpgsqlConnectionStringBuilder settings = ConnectionText.Read("postgresql://ci@db/agents?sslmode=verify-full&sslrootcert=/ca.pem&channel_binding=require&require_auth=scram-sha-256");
        Assert.Equal((SslMode.VerifyFull, "/ca.pem", ChannelBinding.Require, "ScramSHA256"), (settings.SslMode, settings.RootCertificate, settings.ChannelBinding, settings.RequireAuth));
        // With a root certificate libpq's "require" looks at the server's.
        Assert.Equal(SslMode.VerifyCA, ConnectionText.Read("host=db sslmode=require sslrootcert=/ca.pem").SslMode);
        Assert.Equal(SslMode.VerifyFull, ConnectionText.Read("host=db sslrootcert=system").SslMode);
    }

    private string Text(string form)
    {
        string database = PostgresServer.NameOf(server.NewDatabase());
        return form.Replace("{PORT}", server.Port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{DB}", database, StringComparison.Ordinal).Replace("{PW}", PostgresServer.Secret, StringComparison.Ordinal);
    }

    private (int Code, string Output, string Errors) Procdedup(string coordinator, params string[] environment)
    {
        using Peer procdedup = Peer.Run(
            _place, "/usr/bin/env",
            ["-u", "PGPASSWORD", "-u", "PGUSER", "HOME=" + _place.Path, .. environment, Programs.Procdedup, "locks", "--json", "deploy", "--coordinator", coordinator]);
        procdedup.EndInput();
        return procdedup.Finish();
    }

    private void IsLetIn(string coordinator, params string[] environment)
    {
        (int code, string output, string errors) = Procdedup(coordinator, environment);
        Assert.True(code == 0, errors);
        Assert.Contains($"\"coordinator\": \"postgresql://postgres@127.0.0.1:{server.Port}/", output, StringComparison.Ordinal);
        Assert.DoesNotContain(PostgresServer.Secret, output + errors, StringComparison.Ordinal);
    }

    private string Private(string name, string text, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        string file = _place.File(name);
        File.WriteAllText(file, Text(text));
        Modes.Set(file, mode);
        return file;
    }

    [Theory]
    [InlineData("postgresql://postgres:{PW}@127.0.0.1:{PORT}/{DB}")]
    [InlineData("postgres://127.0.0.1:{PORT}/{DB}?user=postgres&password={PW}&sslmode=disable")]
    [InlineData("host=127.0.0.1 port={PORT} dbname={DB} user=postgres password={PW}")]
    [InlineData("host='127.0.0.1' port={PORT} dbname={DB} user=postgres password='{PW}' sslmode=prefer")]
    [InlineData("Host=127.0.0.1;Port={PORT};Database={DB};Username=postgres;Password={PW}")]
    public void A_server_with_passwords_lets_in(string form) => IsLetIn(Text(form));

    [Fact]
    public void Variables_say_where_and_how_for_a_short_uri()
    {
        string port = Text("PGPORT={PORT}"), database = Text("PGDATABASE={DB}");
        IsLetIn("postgresql://", "PGHOST=127.0.0.1", port, database, "PGUSER=postgres", Text("PGPASSWORD={PW}"), "PGSSLMODE=disable");
        // Npgsql's form says itself where, whatever a job has set for a database of its own.
        IsLetIn(Text("Host=127.0.0.1;Port={PORT};Database={DB};Username=postgres"), "PGHOST=no-such-host.invalid", "PGPORT=1", "PGDATABASE=none", Text("PGPASSWORD={PW}"));
    }

    [Fact]
    public void A_password_file_is_found_and_its_lines_are_read_as_psql_does()
    {
        string file = Private("pass", "# ours\nmalformed\nother:*:*:postgres:wrong\n127.0.0.1:x:*:*:wrong\n127.0.0.1:{PORT}:*:postgres:{PW}\n");
        IsLetIn(Text("host=127.0.0.1 port={PORT} dbname={DB} user=postgres"), "PGPASSFILE=" + file);
        IsLetIn(Text("Host=127.0.0.1;Port={PORT};Database={DB};Username=postgres"), "PGPASSFILE=" + file);
        IsLetIn(Text($"host=127.0.0.1 port={{PORT}} dbname={{DB}} user=postgres passfile='{file}'"));
        File.Move(file, Path.Combine(_place.Path, ".pgpass"));
        IsLetIn(Text("postgresql://postgres@127.0.0.1:{PORT}/{DB}"));
        string open = Private("open", "*:*:*:*:{PW}", UnixFileMode.UserRead | UnixFileMode.OtherRead);
        (int code, _, string errors) = Procdedup(Text("postgresql://postgres@127.0.0.1:{PORT}/{DB}"), "PGPASSFILE=" + open);
        Assert.NotEqual(0, code);
        Assert.Contains("chmod 0600", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_service_is_found_in_its_file()
    {
        string file = Private("services", "[other]\nhost=no-such-host.invalid\n\n# agents\n[agents]\nhost=127.0.0.1\nport={PORT}\ndbname={DB}\nuser=postgres\npassword={PW}\n[last]\nnonsense\n");
        IsLetIn("service=agents", "PGSERVICEFILE=" + file);
        IsLetIn("postgresql://?service=agents", "PGSERVICEFILE=" + file);
        IsLetIn("postgresql://", "PGSERVICEFILE=" + file, "PGSERVICE=agents", "PGPORT=1");
        File.Move(file, Path.Combine(_place.Path, "pg_service.conf"));
        IsLetIn("service=agents", "PGSYSCONFDIR=" + _place.Path);
    }

    [Theory]
    [InlineData("PGPASSFILE=" + Mark)]
    [InlineData("PGPASSFILE=/no/such/" + Mark)]
    [InlineData("PGHOST=db password=" + Mark)]
    [InlineData("PGPORT=" + Mark)]
    [InlineData("PGDATABASE=agents;password=" + Mark)]
    [InlineData("PGUSER=postgres:" + Mark + "@db")]
    [InlineData("PGSSLMODE=" + Mark)]
    [InlineData("PGSSLROOTCERT=/ca.pem;password=" + Mark)]
    [InlineData("PGSERVICE=" + Mark)]
    [InlineData("PGSERVICEFILE=/proc/self/mem/" + Mark, "PGSERVICE=x")]
    [InlineData("PGOPTIONS=-c password=" + Mark)]
    [InlineData("PGTZ=" + Mark)]
    [InlineData("PGCLIENTENCODING=" + Mark)]
    [InlineData("PGCONNECT_TIMEOUT=" + Mark)]
    public void A_variable_with_the_wrong_thing_in_it_is_not_repeated(params string[] variables)
    {
        (int code, string output, string errors) = Procdedup(
            variables[0].StartsWith("PGUSER", StringComparison.Ordinal) ? Text("host=127.0.0.1 port={PORT}")
                : variables[0].StartsWith("PGHOST", StringComparison.Ordinal) ? "dbname=agents"
                : variables[0].StartsWith("PGPORT", StringComparison.Ordinal) ? "host=127.0.0.1"
                : variables[0].StartsWith("PGDATABASE", StringComparison.Ordinal) ? Text("host=127.0.0.1 port={PORT} user=postgres")
                : Text("host=127.0.0.1 port={PORT} dbname={DB} user=postgres"),
            variables);
        Assert.NotEqual(0, code);
        Assert.DoesNotContain(Mark, output + errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Unexpected", errors, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_file_of_services_with_a_password_in_the_wrong_place_is_not_repeated()
    {
        string file = Private("services", $"[agents]\nhost=127.0.0.1\n{Mark}\n[{Mark}\n[twice]\nhost=127.0.0.1;password={Mark}\n[third]\nhost=127.0.0.1\nport={Mark}\n[fourth]\nhost=127.0.0.1\n{Mark}=x\n");
        foreach (string service in new[] { "agents", "twice", "third", "fourth" })
        {
            (int code, string output, string errors) = Procdedup("service=" + service, "PGSERVICEFILE=" + file);
            Assert.NotEqual(0, code);
            Assert.DoesNotContain(Mark, output + errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void No_object_of_Npgsql_holds_the_password()
    {
        using NpgsqlConnection connection = ServerAddress.Parse(Text("host=127.0.0.1 port={PORT} user=postgres password={PW} passfile=/x")).NewConnection();
        Assert.DoesNotContain(PostgresServer.Secret, connection.ConnectionString, StringComparison.Ordinal);
        connection.Open();
    }
}
