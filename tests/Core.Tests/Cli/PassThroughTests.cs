using System;
using System.IO;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Cli;

/// <summary>What goes into the command and comes out of it is none of procdedup's business.</summary>
public sealed class PassThroughTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Arguments_arrive_as_they_were_given()
    {
        string[] arguments = ["a b", "", "ü€😀", "--", "--timeout-sec", "it's \"quoted\"", "$HOME `x`", "*", "back\\slash", "two\nlines", "-"];
        using Peer procdedup = Peer.Procdedup(
            _place, ["lock", "x", "--", "/usr/bin/env", "python3", "-c", "import sys; sys.stdout.write('|'.join(sys.argv[1:]))", .. arguments]);
        Assert.SkipWhen(Programs.Find("python3") is null, "python3 is not installed");
        Assert.Equal((0, string.Join('|', arguments), ""), procdedup.Finish());
    }

    [Fact]
    public void Standard_streams_are_the_commands_own()
    {
        using Peer procdedup = Peer.Procdedup(_place, "lock", "x", "--", "sh", "-c", "cat; echo oops >&2");
        procdedup.Say("first");
        procdedup.Expect("first");
        procdedup.Say("second");
        procdedup.EndInput();
        Assert.Equal((0, "second", "oops\n"), procdedup.Finish());
    }

    [Fact]
    public void Bytes_are_left_as_they_are()
    {
        byte[] bytes = new byte[100_000];
        new Random(1).NextBytes(bytes);
        File.WriteAllBytes(_place.File("in"), bytes);
        using Peer shell = Peer.Run(
            _place, "/bin/sh", "-c", $"\"$PROCDEDUP\" lock x -- cat < {_place.File("in")} > {_place.File("out")}");
        Assert.Equal((0, "", ""), shell.Finish());
        Assert.Equal(bytes, File.ReadAllBytes(_place.File("out")));
    }

    [Fact]
    public void A_reader_that_goes_away_ends_the_command_as_it_would_without_procdedup()
    {
        using Peer shell = Peer.Run(_place, "/bin/sh", "-c", "\"$PROCDEDUP\" lock x -- yes | head -1");
        Assert.Equal((0, "y", ""), shell.Finish() with { Errors = "" });
    }

    [Fact]
    public void The_environment_and_the_working_directory_are_the_callers()
    {
        using Peer shell = Peer.Run(_place, "/bin/sh", "-c", $"cd {_place.Path}; A='b c' \"$PROCDEDUP\" lock x -- sh -c 'pwd; echo $A'");
        Assert.Equal((0, _place.Path + "\nb c", ""), shell.Finish());
    }

    [Fact]
    public void Only_the_lock_of_procdedup_is_inherited_by_the_command()
    {
        using Peer procdedup = Peer.Procdedup(_place, "lock", "x", "--", "sh", "-c", "ls -l /proc/$$/fd");
        string output = procdedup.Finish().Output;
        Assert.Contains("/home/locks/x.lock", output, StringComparison.Ordinal);
        Assert.DoesNotContain("socket:", output, StringComparison.Ordinal);
    }
}
