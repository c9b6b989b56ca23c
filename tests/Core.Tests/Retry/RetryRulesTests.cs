using System;
using System.IO;
using ProcessDedup.Retry;
using Xunit;

namespace ProcessDedup.Tests.Retry;

public sealed class RetryRulesTests
{
    private static readonly Exception Error = new InvalidOperationException("outer", new IOException("the inner cause"));

    [Theory]
    [InlineData("outer")]
    [InlineData("INNER CAUSE")]
    [InlineData("IOException")]
    [InlineData("System.IO.IOException")]
    [InlineData("Some.Id")]
    [InlineData("Some.Id,Some.Command")]
    [InlineData("what was shown")]
    public void A_rule_matches_message_type_id_or_text(string rule) =>
        Assert.True(new RetryRules([rule]).Allow(Error, "Some.Id,Some.Command", "what was shown of it"));

    [Theory]
    [InlineData("Exception of another kind")]
    [InlineData("Exception")]
    [InlineData("Some")]
    public void It_matches_nothing_else(string rule) =>
        Assert.False(new RetryRules([rule]).Allow(Error, "Some.Id,Some.Command", "shown"));

    [Fact]
    public void Without_rules_every_error_is_worth_another_attempt() => Assert.True(new RetryRules(null).Allow(Error));

    [Fact]
    public void An_empty_rule_would_match_everything_and_is_refused() =>
        Assert.Throws<ArgumentException>(() => new RetryRules([""]));

    [Theory]
    [InlineData("/tmp/libx.so: file too short")]
    [InlineData("libx.so: invalid ELF header")]
    [InlineData("Error loading shared library libx.so: Exec format error")]
    [InlineData("%1 is not a valid Win32 application.")]
    [InlineData("The process cannot access the file 'x.dll' because it is being used by another process.")]
    public void The_race_for_a_native_library_is_a_known_set(string message) =>
        Assert.True(new RetryRules([KnownTransientErrors.NativeLibraryRace]).Allow(new DllNotFoundException(message)));

    [Fact]
    public void A_library_that_is_not_there_will_not_come_by_waiting() =>
        Assert.False(new RetryRules([KnownTransientErrors.NativeLibraryRace]).Allow(
            new DllNotFoundException("libx.so: cannot open shared object file: No such file or directory")));
}
