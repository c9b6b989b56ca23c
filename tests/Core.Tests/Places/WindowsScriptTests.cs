using System;
using System.IO;
using ProcessDedup.Platform;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Places;

/// <summary>A command that is a batch file: "npm", "yarn" and "mvn" are some on Windows.</summary>
public sealed class WindowsScriptTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("plain", "\"plain\"")]
    [InlineData("two words", "\"two words\"")]
    [InlineData("", "\"\"")]
    [InlineData("x&calc", "\"x&calc\"")]
    [InlineData("\"&calc", "\"\"\"&calc\"")]
    [InlineData("%PATH%", "\"%%cd:~,%PATH%%cd:~,%\"")]
    [InlineData("^|<>!()", "\"^|<>!()\"")]
    [InlineData(@"ends\", "\"ends\\\\\"")]
    [InlineData("back\\\"slash", "\"back\\\\\"\"slash\"")]
    public void An_argument_of_a_batch_file_is_text_for_cmd(string argument, string written) =>
        Assert.Equal($"/e:ON /v:OFF /d /c \"\"C:\\a b\\x.cmd\" {written}\"", WindowsScript.BatchLine(@"C:\a b\x.cmd", [argument]));

    [Theory]
    [InlineData("two words", "x&echo STARTED", "\"&echo STARTED", "%PATH%", "100%", "^|<>!v!", "(\"x\")", @"ends\", "back\\\"slash", "")]
    public void A_batch_file_gets_its_arguments_as_they_were_given(params string[] arguments)
    {
        OnWindows();
        string script = Path.Combine(_place.Path, "show.cmd");
        File.WriteAllText(script, $"@\"{Programs.LockPeer}\" say %*\r\n");

        using Peer peer = Peer.Procdedup(_place, ["lock", "x", "--", script, .. arguments]);

        foreach (string argument in arguments)
            Assert.Equal($"<{argument}>", peer.Read("an argument"));
        Assert.Equal(0, peer.WaitForExit());
    }

    [Fact]
    public void A_line_break_for_a_batch_file_is_refused()
    {
        OnWindows();
        string script = Path.Combine(_place.Path, "show.cmd");
        File.WriteAllText(script, "@echo STARTED\r\n");

        using Peer peer = Peer.Procdedup(_place, "lock", "x", "--", script, "one\ntwo");

        Assert.Equal(126, peer.WaitForExit());
        Assert.Contains("line break", peer.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_without_extension_is_the_one_that_cmd_would_run_and_not_the_script_of_another_shell()
    {
        OnWindows();
        File.WriteAllText(Path.Combine(_place.Path, "tool"), "#!/bin/sh\necho wrong\n");
        File.WriteAllText(Path.Combine(_place.Path, "tool.cmd"), "@echo right\r\n");

        using Peer peer = Peer.Procdedup(_place, "lock", "x", "--", Path.Combine(_place.Path, "tool"));

        Assert.Equal("right", peer.Read("the output"));
        Assert.Equal(0, peer.WaitForExit());
    }

    private static void OnWindows() => Assert.SkipUnless(OperatingSystem.IsWindows(), "only Windows has batch files");
}
