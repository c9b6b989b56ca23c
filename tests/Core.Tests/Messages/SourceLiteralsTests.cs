using System.Linq;
using Xunit;

namespace ProcessDedup.Tests.Messages;

/// <summary>What reads the sources for the tests of the messages must miss no kind of text.</summary>
public sealed class SourceLiteralsTests
{
    private const string Source = """"
        // "a comment"
        string A(int n) => $"{(n > 1 ? @"it ""was""" : 'x')} and {n:0.0} {{more}}";
        string B = """
            raw
            """;
        string C => $$"""{{nameof(C)}} stays {or} not""";
        void D() => Told.By("first", new Error("escaped \" quote"), why: "last");
        E e = new() { Description = start + "help", Next = "next" };
        """";

    [Fact]
    public void Every_kind_of_text_is_found()
    {
        string[] found = SourceLiterals.In(Source).Select(l => l.Text.Trim()).ToArray();
        Assert.Equal(
            ["it \"\"was\"\"", "{} and {} {{more}}", "raw", "{} stays {or} not", "first", "escaped \\\" quote", "last", "help", "next"], found);
    }

    [Fact]
    public void A_text_is_told_with_its_line_its_call_and_what_it_is_assigned_to()
    {
        SourceLiteral[] found = SourceLiterals.In(Source).ToArray();
        Assert.Equal(new SourceLiteral(7, "first", "Told.By", string.Empty), found.Single(l => l.Text == "first"));
        Assert.Equal("new Error", found.Single(l => l.Text.StartsWith("escaped", System.StringComparison.Ordinal)).Call);
        Assert.Equal("Told.By", found.Single(l => l.Text == "last").Call);
        Assert.Equal("Description", found.Single(l => l.Text == "help").Assigned);
        Assert.Equal("Next", found.Single(l => l.Text == "next").Assigned);
    }
}
