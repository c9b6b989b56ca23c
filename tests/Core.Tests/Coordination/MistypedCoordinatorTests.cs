using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using ProcessDedup.Coordination;
using ProcessDedup.Postgres;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Coordination;

/// <summary>A mistyped coordinator is refused, and its password comes out nowhere.</summary>
public sealed class MistypedCoordinatorTests : IDisposable
{
    private const string Mark = "hunter2Mark";

    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    private static readonly string[] Texts =
    [
        .. File.ReadLines(Path.Combine(Programs.Repository, "tests", "malformed-coordinators.txt")).Where(line => !line.StartsWith('#'))
            .Select(line => line.Replace("{MARK}", Mark, StringComparison.Ordinal).Replace("{TAB}", "\t", StringComparison.Ordinal).Replace("{LF}", "\n", StringComparison.Ordinal)),
    ];

    private static bool Holds(string? text) => text?.Contains(Mark, StringComparison.OrdinalIgnoreCase) == true;

    [Fact]
    public void Two_hundred_mistyped_coordinators_are_refused_and_not_repeated()
    {
        Assert.True(Texts.Length >= 200);
        var accepted = new List<string>();
        var repeated = new List<string>();
        foreach (string text in Texts)
        {
            Assert.True(Holds(text), text);
            try
            {
                using Coordinator fleet = PostgresCoordinator.Open(text);
                accepted.Add($"{text} -> {fleet.Place}");
            }
            catch (CoordinatorException e)
            {
                Assert.Equal(CoordinatorError.CoordinatorInvalid, e.Error);
                if (Holds(e.ToString()) || Holds(e.Target) || Holds(e.NextStep))
                    repeated.Add($"{text} -> {e}");
            }
        }

        Assert.True(accepted.Count == 0, "Accepted:\n" + string.Join('\n', accepted));
        Assert.True(repeated.Count == 0, "Repeated:\n" + string.Join('\n', repeated));
    }

    // Each command reads its coordinator in a place of its own.
    private static readonly string[][] Commands =
    [
        ["lock", "deploy", "--coordinator", "{}", "--reason", "rollout", "--", "true"],
        ["locks", "--coordinator", "{}"],
        ["locks", "--json", "--coordinator", "{}"],
        ["once", "version", "--coordinator", "{}", "--", "true"],
        ["stop-holder", "deploy", "--coordinator", "{}"],
        ["build", "tools", "--input", "/dev/null", "--publish-to", "/tmp/no-such-store", "--substituter", "/tmp/no-such-store", "--coordinator", "{}", "--", "true"],
        ["fetch", "http://127.0.0.1:9/x", "--publish-to", "/tmp/no-such-store", "--substituter", "/tmp/no-such-store", "--coordinator", "{}"],
        ["lock", "deploy", "--", "true"],
        ["locks"],
    ];

    [Fact]
    public void No_command_prints_or_keeps_a_mistyped_coordinator()
    {
        for (int i = 0; i < Texts.Length; i += 6)
        {
            string text = Texts[i];
            string[] command = Commands[i / 6 % Commands.Length];
            bool isVariable = !command.Contains("--coordinator");
            string[] arguments = isVariable
                ? ["-c", $"{Coordinator.Variable}=\"$0\" exec \"$PROCDEDUP\" \"$@\"", text, .. command]
                : ["-c", "exec \"$PROCDEDUP\" \"$@\"", "sh", .. command.Select(a => a == "{}" ? text : a)];
            using Peer procdedup = Peer.Run(_place, "/bin/sh", arguments);
            procdedup.EndInput();
            (int code, string output, string errors) = procdedup.Finish();
            Assert.True(code != 0, $"{text}: {command[0]} ended well, and said {output}");
            Assert.False(Holds(output) || Holds(errors), $"{command[0]} repeats {text}: {output}{errors}");
        }

        Check(_place);
    }

    [Theory]
    [InlineData("lock", "deploy", "--coordinator", "host=db.example", "user=ci", "password=" + Mark, "--", "true")]
    [InlineData("lock", "--coordinator", "host=db.example", "dbname=agents", "password=" + Mark, "deploy", "--", "true")]
    [InlineData("lock", "deploy", "--coordinator=host=db.example", "password=" + Mark, "--", "true")]
    [InlineData("once", "version", "--coordinator", "host=db.example", "password=" + Mark, "--", "true")]
    [InlineData("locks", "--coordinator", "host=db.example", "password=" + Mark)]
    [InlineData("stop-holder", "deploy", "--coordinator", "host=db.example", "password=" + Mark)]
    [InlineData("fetch", "https://db.example/x", "--coordinator", "host=db.example", "password=" + Mark)]
    [InlineData("locks", "--coordinater", "host=db.example password=" + Mark)]
    [InlineData("doctor", "postgres://ci:" + Mark + "@db.example/agents")]
    [InlineData("doctor", "host=db.example password=" + Mark)]
    [InlineData("host=db.example password=" + Mark)]
    public void A_coordinator_without_quotes_becomes_no_lock_name_and_is_not_repeated(params string[] arguments)
    {
        using Peer procdedup = Peer.Procdedup(_place, arguments);
        procdedup.EndInput();
        (int code, string output, string errors) = procdedup.Finish();
        Assert.Equal(64, code);
        Assert.False(Holds(output) || Holds(errors), output + errors);
        Check(_place);
    }

    private static void Check(TestDirectory place)
    {
        if (!Directory.Exists(place.Home))
            return;
        foreach (string file in Directory.EnumerateFileSystemEntries(place.Home, "*", SearchOption.AllDirectories))
        {
            Assert.False(Holds(file), file);
            Assert.False(File.Exists(file) && Holds(File.ReadAllText(file)), file);
        }
    }
}
