using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace ProcessDedup.Tests.Messages;

/// <summary>A text in quotes, and where it stands.</summary>
/// <param name="Line">Counted from 1.</param>
/// <param name="Text">What is between the quotes; each hole of an interpolated one is {}.</param>
/// <param name="Call">What the call is named that it is an argument of: "string.Format", "new Option", or nothing.</param>
/// <param name="Assigned">What it becomes the value of, or a part of it: the name before the equals sign, or nothing.</param>
internal readonly record struct SourceLiteral(int Line, string Text, string Call, string Assigned);

/// <summary>
/// The texts in quotes of a C# source: plain, verbatim, raw and interpolated ones, those in holes too. It knows just
/// enough of the language for that.
/// </summary>
internal sealed class SourceLiterals
{
    private readonly string _source;
    private readonly List<SourceLiteral> _found = [];
    private readonly Stack<(string Call, string Assigned)> _within = new([(string.Empty, string.Empty)]);
    private int _at;

    private SourceLiterals(string source) => _source = source;

    public static IReadOnlyList<SourceLiteral> In(string source)
    {
        var reader = new SourceLiterals(source);
        reader.Code(inHole: false);
        return reader._found;
    }

    /// <summary>Behind the string, the character, the comment or the letter that begins here.</summary>
    public static int Next(string source, int at)
    {
        var reader = new SourceLiterals(source) { _at = at };
        reader.Step();
        return reader._at;
    }

    private void Code(bool inHole)
    {
        int depth = 0;
        while (_at < _source.Length)
        {
            char c = _source[_at];
            if (inHole && depth == 0 && (c == '}' || (c == ':' && !Is("::"))))
                return;
            if (c is '(' or '[' or '{')
            {
                depth++;
                _within.Push(c == '(' ? (NameBefore(_at), string.Empty) : c == '[' ? _within.Peek() : (string.Empty, string.Empty));
            }
            else if (c is ')' or ']' or '}')
            {
                depth--;
                _within.TryPop(out _);
            }
            else if (c is ',' or ';')
            {
                Assign(string.Empty);
            }
            else if (c == '=' && !Is("==") && !Is("=>") && _source[_at - 1] is not ('=' or '!' or '<' or '>'))
            {
                Assign(AssignedBefore(_at));
            }

            Step();
        }
    }

    private void Step()
    {
        if (Is("//"))
            _at = _source.IndexOf('\n', _at) is var end and >= 0 ? end : _source.Length;
        else if (Is("/*"))
            _at = _source.IndexOf("*/", _at, StringComparison.Ordinal) + 2;
        else if (_source[_at] == '\'')
            Character();
        else if (_source[_at] is '"' or '$' or '@' && Prefix() is { } prefix)
            Literal(prefix);
        else
            _at++;
    }

    private void Character()
    {
        _at++;
        while (_source[_at] != '\'')
            _at += _source[_at] == '\\' ? 2 : 1;
        _at++;
    }

    /// <summary>What stands before the quotes, "$@"; null if no quotes follow.</summary>
    private string? Prefix()
    {
        int end = _at;
        while (end < _source.Length && _source[end] is '$' or '@')
            end++;
        return end < _source.Length && _source[end] == '"' ? _source[_at..end] : null;
    }

    private void Literal(string prefix)
    {
        int start = _at;
        _at += prefix.Length;
        int quotes = 0;
        while (_at + quotes < _source.Length && _source[_at + quotes] == '"')
            quotes++;
        // Two are an empty text, three or more begin a raw one.
        int marks = quotes >= 3 ? quotes : 1;
        _at += marks;
        int dollars = prefix.Count(c => c == '$');
        bool isRaw = marks >= 3;
        bool isVerbatim = prefix.Contains('@');
        var text = new StringBuilder();
        while (!Is(new string('"', marks)) || (isVerbatim && Is("\"\"")))
        {
            char c = _source[_at];
            int skip = !isRaw && !isVerbatim && c == '\\' ? 2 : isVerbatim && c == '"' ? 2 : 1;
            if (dollars > 0 && !isRaw && (Is("{{") || Is("}}")))
                skip = 2;
            else if (dollars > 0 && Is(new string('{', dollars)))
            {
                Hole(dollars);
                text.Append("{}");
                continue;
            }

            text.Append(_source, _at, skip);
            _at += skip;
        }

        _at += marks;
        (string call, string assigned) = _within.TryPeek(out var within) ? within : default;
        _found.Add(new SourceLiteral(_source.AsSpan(0, start).Count('\n') + 1, text.ToString(), call ?? string.Empty, assigned ?? string.Empty));
    }

    private void Assign(string name)
    {
        if (_within.TryPop(out var within))
            _within.Push((within.Call, name));
    }

    private void Hole(int braces)
    {
        _at += braces;
        Code(inHole: true);
        // The format.
        while (_source[_at] != '}')
            _at++;
        _at += braces;
    }

    private bool Is(string text) => string.CompareOrdinal(_source, _at, text, 0, text.Length) == 0;

    private string NameBefore(int parenthesis)
    {
        int start = parenthesis;
        while (start > 0 && (char.IsLetterOrDigit(_source[start - 1]) || _source[start - 1] is '_' or '.' or '<' or '>' or '?' or '!'))
            start--;
        string name = _source[start..parenthesis];
        return _source[..start].EndsWith("new ", StringComparison.Ordinal) ? "new " + name : name;
    }

    /// <summary>The name before an equals sign, or before what is before it ("a +=").</summary>
    private string AssignedBefore(int equals)
    {
        int end = equals;
        while (end > 0 && (char.IsWhiteSpace(_source[end - 1]) || _source[end - 1] is '+' or '?'))
            end--;
        int start = end;
        while (start > 0 && (char.IsLetterOrDigit(_source[start - 1]) || _source[start - 1] == '_'))
            start--;
        return _source[start..end];
    }
}
