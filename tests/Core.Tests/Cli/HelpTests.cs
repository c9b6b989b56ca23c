using System;
using System.Linq;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Cli;

/// <summary>What a newcomer meets first: the list of commands, and what is said of a command that there is not.</summary>
public sealed class HelpTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData(14)]
    [InlineData(4, "cache")]
    public void A_list_of_commands_has_one_sentence_for_each(int expected, params string[] command)
    {
        (int code, string output, _) = Run([.. command, "--help"]);
        Assert.Equal(0, code);
        string[] commands = output.Split('\n').SkipWhile(line => line != "Commands:").Skip(1).TakeWhile(line => line.Trim().Length > 0).ToArray();
        Assert.Equal(expected, commands.Length);
        Assert.All(commands, line => Assert.Matches(@"^  \S+( <\S+>)?  +[A-Z][^.]+(\.[a-z][^.]+)*\.$", line.TrimEnd()));
    }

    [Fact]
    public void The_help_of_a_command_has_all_of_it() =>
        Assert.Contains("The exit code is 0 if the path was printed", Run("fetch", "--help").Output, StringComparison.Ordinal);

    [Theory]
    [InlineData("There is no command 'lok'.", "Try 'procdedup --help'.", "lok")]
    [InlineData("There is no command 'lst'.", "Try 'procdedup cache --help'.", "cache", "lst")]
    [InlineData("There is no option '--verbose'.", "Try 'procdedup --help'.", "--verbose")]
    public void A_mistyped_command_is_named_and_nothing_else_is_said(string what, string next, params string[] typed)
    {
        (int code, string output, string errors) = Run(typed);
        Assert.Equal((64, ""), (code, output));
        Assert.Equal([$"procdedup: {what}", next], errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private (int Code, string Output, string Errors) Run(params string[] arguments)
    {
        using Peer procdedup = Peer.Procdedup(_place, arguments);
        return procdedup.Finish();
    }
}
