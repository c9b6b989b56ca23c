using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using ProcessDedup.Tests.Harness;

namespace ProcessDedup.Tests.Messages;

/// <summary>What the sources say of messages. No compiler is asked: strings, comments and parentheses are enough.</summary>
internal static class MessageSources
{
    private static readonly Regex Keys = new(@"\bKey\.(\w+)", RegexOptions.None, TimeSpan.FromSeconds(10));

    private static readonly string[] Calls = ["Message.Of(", "Message.Late("];

    public static IEnumerable<(string File, string Text)> All() =>
        from file in Directory.EnumerateFiles(Path.Combine(Programs.Repository, "src"), "*.cs", SearchOption.AllDirectories)
        let name = Path.GetRelativePath(Programs.Repository, file).Replace('\\', '/')
        where !name.Contains("/obj/", StringComparison.Ordinal) && !name.Contains("/bin/", StringComparison.Ordinal)
        select (name, File.ReadAllText(file));

    /// <summary>Every use of a text: its key, and how many values are given for its placeholders.</summary>
    public static IEnumerable<(string File, string Key, int Values)> Uses() =>
        from source in All()
        from call in Calls
        from start in Starts(source.Text, call)
        let arguments = Arguments(source.Text, start)
        from key in Keys.Matches(arguments[0])
        select (source.File, key.Groups[1].Value, arguments.Count - 1);

    /// <summary>The texts in quotes. Those that somebody else's words are compared with are none of ours.</summary>
    public static IEnumerable<SourceLiteral> Literals(string text)
    {
        string[] lines = text.Split('\n');
        return SourceLiterals.In(text).Where(l => !lines[l.Line - 1].Contains("StringComparison.", StringComparison.Ordinal));
    }

    private static IEnumerable<int> Starts(string text, string call)
    {
        for (int i = text.IndexOf(call, StringComparison.Ordinal); i >= 0; i = text.IndexOf(call, i + 1, StringComparison.Ordinal))
            yield return i + call.Length;
    }

    /// <summary>The arguments of a call, from behind its parenthesis on.</summary>
    private static List<string> Arguments(string text, int start)
    {
        var arguments = new List<string>();
        var argument = new StringBuilder();
        int depth = 0;
        for (int i = start; ; i = SourceLiterals.Next(text, i))
        {
            char c = text[i];
            if (depth == 0 && c is ',' or ')')
            {
                arguments.Add(argument.ToString());
                argument.Clear();
                if (c == ')')
                    return arguments;
                continue;
            }

            depth += c is '(' or '[' or '{' ? 1 : c is ')' or ']' or '}' ? -1 : 0;
            argument.Append(text, i, SourceLiterals.Next(text, i) - i);
        }
    }
}
