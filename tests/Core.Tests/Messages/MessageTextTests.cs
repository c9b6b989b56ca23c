using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Reflection;
using System.Text.RegularExpressions;
using ProcessDedup.Claims;
using ProcessDedup.Cmdlets;
using ProcessDedup.Coordination;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Sqlite;
using Xunit;

namespace ProcessDedup.Tests.Messages;

public sealed class MessageTextTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // Two words are a text; one is a name, a mark or a format.
    private static readonly Regex TwoWords = new(@"\w[,:;.]? \W?\w", RegexOptions.None, Patience);

    private static readonly Regex Placeholder = new(@"\{(\d+)(:[^}]*)?\}", RegexOptions.None, Patience);

    private static readonly Regex NewError = new(@"new (Lock|LockTimeout|Fetch|Sqlite|Claim|Coordinator)Exception\(|new (CmdletError|PSArgumentException|ItemNotFoundException)\(", RegexOptions.None, Patience);

    private static IEnumerable<string> Keys => typeof(Key)
        .GetFields(BindingFlags.Static | BindingFlags.NonPublic).Select(f => (string)f.GetRawConstantValue()!);

    [Fact]
    public void Every_placeholder_gets_a_value_and_every_value_has_a_placeholder()
    {
        string[] wrong = MessageSources.Uses().Where(u => Placeholders(u.Key) != u.Values)
            .Select(u => $"{u.File}: {u.Key} has {Placeholders(u.Key)} placeholders and gets {u.Values} values").ToArray();
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void Every_text_of_the_resource_file_is_used()
    {
        string[] unused = Keys.Except(MessageSources.Uses().Select(u => u.Key)).ToArray();
        Assert.True(unused.Length == 0, "Nothing uses these texts of Messages.resx: " + string.Join(", ", unused));
    }

    [Fact]
    public void No_text_of_an_error_stands_outside_the_resource_file()
    {
        string[] strays = MessageSources.All()
            .Where(s => Path.GetFileName(s.File).Contains("Failures", StringComparison.Ordinal))
            .SelectMany(s => MessageSources.Literals(s.Text).Where(l => TwoWords.IsMatch(l.Text)).Select(l => $"{s.File}: {l.Text}"))
            .ToArray();
        Assert.True(strays.Length == 0, "Move these texts to src/Core/Messages/Messages.resx, and use Message.Of(Key.…):\n" + string.Join('\n', strays));
    }

    [Fact]
    public void No_prose_stands_outside_the_resource_file()
    {
        string[] strays = MessageSources.All()
            .SelectMany(s => MessageSources.Literals(s.Text).Where(l => ProseRule.Breaks(s.File, l)).Select(l => $"{s.File}({l.Line}): \"{l.Text}\""))
            .ToArray();
        Assert.True(
            strays.Length == 0,
            "Move these texts to src/Core/Messages/Messages.resx, and use Message.Of(Key.…); or give ProseRule the reason why they are none:\n"
            + string.Join('\n', strays));
    }

    [Fact]
    public void No_error_is_made_outside_the_files_of_failures()
    {
        string[] strays = MessageSources.All()
            .Where(s => !Path.GetFileName(s.File).Contains("Failures", StringComparison.Ordinal) && NewError.IsMatch(s.Text))
            .Select(s => s.File).ToArray();
        Assert.True(strays.Length == 0, "Make these errors by a method of a *Failures class, which the snapshot lists: " + string.Join(", ", strays));
    }

    [Fact]
    public void Every_error_has_a_target_a_cause_and_a_next_step()
    {
        foreach ((MethodInfo factory, DedupException e) in MessageSamples.All())
        {
            string name = $"{factory.DeclaringType!.Name}.{factory.Name}";
            Assert.True(e.Target.Length > 0, name + " has no target");
            Assert.True(e.Cause.Length > 0, name + " has no cause");
            Assert.True(e.NextStep.EndsWith('.'), $"{name}: its next step is no sentence: {e.NextStep}");
        }
    }

    [Fact]
    public void Every_error_of_a_cmdlet_has_a_cause_a_category_and_a_next_step()
    {
        foreach ((MethodInfo factory, CmdletError e) in MessageSamples.OfCmdlets())
        {
            string name = $"{factory.DeclaringType!.Name}.{factory.Name}";
            Assert.True(e.Cause.Length > 0, name + " has no cause");
            Assert.True(e.Category != ErrorCategory.NotSpecified, name + " has no category");
            Assert.True(e.Next.EndsWith('.'), $"{name}: its next step is no sentence: {e.Next}");
        }
    }

    [Fact]
    public void Every_id_has_a_text()
    {
        HashSet<string> known = MessageSamples.All().Select(m => m.Error.ErrorId).ToHashSet();
        string[] missing = Errors().Select(e => e.ErrorId).Where(id => !known.Contains(id)).ToArray();
        Assert.True(missing.Length == 0, "No method of a *Failures class makes: " + string.Join(", ", missing));
    }

    [Fact]
    public void Every_id_has_a_category()
    {
        string[] missing = Errors().Where(e => ErrorCategories.Of(e) == ErrorCategory.NotSpecified).Select(e => e.ErrorId).ToArray();
        Assert.True(missing.Length == 0, "ErrorCategories has no category for: " + string.Join(", ", missing));
    }

    [Fact]
    public void A_text_is_the_same_in_every_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo(string.Empty) { NumberFormat = { NumberDecimalSeparator = ";" } };
            Assert.Contains(" 1.5 s", LockFailures.TimedOut("name", TimeSpan.FromSeconds(1.5), null).Cause, StringComparison.Ordinal);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void A_slip_in_a_text_does_not_hide_the_error() =>
        Assert.Equal("'{0}' is not a lock name: {1}. (name)", Message.Of(Key.LockNameInvalidCause, "name"));

    private static int Placeholders(string key) =>
        Placeholder.Matches(Message.Template(key)).Select(m => m.Groups[1].Value).Distinct().Count();

    private static IEnumerable<DedupException> Errors() =>
        Enum.GetValues<LockError>().Select(e => (DedupException)new LockException(e, "t", "c", "n"))
            .Concat(Enum.GetValues<FetchError>().Select(e => new FetchException(e, "t", "c", "n")))
            .Concat(Enum.GetValues<SqliteError>().Select(e => new SqliteException(e, "t", "c", "n")))
            .Concat(Enum.GetValues<ClaimError>().Select(e => new ClaimException(e, "t", "c", "n")))
            .Concat(Enum.GetValues<CoordinatorError>().Select(e => new CoordinatorException(e, "t", "c", "n")));
}
