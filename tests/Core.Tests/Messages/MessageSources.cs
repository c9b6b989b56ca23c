using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;

namespace ProcessDedup.Tests.Messages;

/// <summary>What the sources say of messages. No compiler is asked: strings, comments and parentheses are enough.</summary>
internal static class MessageSources
{
    private static readonly Regex Keys = new(@"\bKey\.(\w+)", RegexOptions.None, TimeSpan.FromSeconds(10));

    public static IEnumerable<(string File, string Text)> All() =>
        from file in Directory.EnumerateFiles(Path.Combine(MessageList.Repository, "src"), "*.cs", SearchOption.AllDirectories)
        let name = Path.GetRelativePath(MessageList.Repository, file).Replace('\\', '/')
        where !name.Contains("/obj/", StringComparison.Ordinal) && !name.Contains("/bin/", StringComparison.Ordinal)
        select (name, File.ReadAllText(file));

    /// <summary>Every use of a text: its key, and how many values are given for its placeholders.</summary>
    public static IEnumerable<(string File, string Key, int Values)> Uses() =>
        from source in All()
        from start in Starts(source.Text, "Message.Of(")
        let arguments = Arguments(source.Text, start)
        from key in Keys.Matches(arguments[0])
        select (source.File, key.Groups[1].Value, arguments.Count - 1);

    /// <summary>The texts in quotes. Those that somebody else's words are compared with are none of ours.</summary>
    public static IEnumerable<string> Literals(string text)
    {
        text = string.Join('\n', text.Split('\n').Where(l => !l.Contains("StringComparison.", StringComparison.Ordinal)));
        for (int i = 0; i < text.Length; i = Next(text, i))
        {
            if (text[i] == '"')
                yield return text[i..Next(text, i)];
        }
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
        for (int i = start; ; i = Next(text, i))
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
            argument.Append(text, i, Next(text, i) - i);
        }
    }

    /// <summary>Behind the string, the character, the comment or the letter that begins here.</summary>
    private static int Next(string text, int i)
    {
        char c = text[i];
        if (c == '/' && i + 1 < text.Length && text[i + 1] == '/')
            return text.IndexOf('\n', i) is var end and >= 0 ? end : text.Length;
        if (c is not ('"' or '\''))
            return i + 1;
        int close = i + 1;
        while (text[close] != c)
            close += text[close] == '\\' ? 2 : 1;
        return close + 1;
    }
}
