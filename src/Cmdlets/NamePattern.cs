using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Text;

namespace ProcessDedup.Cmdlets;

/// <summary>
/// A name as -Name, -Namespace, -Key and -Source take it in Get, Test, Wait, Stop, Exit and Clear: * and ? are wildcards, and a
/// backtick makes the next character literal.
/// </summary>
/// <remarks>
/// Brackets are part of a name, as they are for procdedup. With PowerShell's own wildcards <c>Clear-StaleLock 'job[1]'</c> would
/// leave the lock of that name and clear job1.
/// </remarks>
internal sealed class NamePattern
{
    private const char Escape = '`';

    private readonly WildcardPattern? _pattern;

    /// <param name="text">As the user gave it.</param>
    /// <param name="isCaseSensitive">For keys, whose case counts.</param>
    public NamePattern(string text, bool isCaseSensitive = false)
    {
        var literal = new StringBuilder(text.Length);
        var pattern = new StringBuilder(text.Length);
        bool hasWildcards = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c is '*' or '?')
            {
                hasWildcards = true;
                pattern.Append(c);
                continue;
            }

            if (c == Escape && i + 1 < text.Length)
                c = text[++i];
            literal.Append(c);
            if (c is '*' or '?' or '[' or ']' or Escape)
                pattern.Append(Escape);
            pattern.Append(c);
        }

        if (hasWildcards)
            _pattern = new WildcardPattern(pattern.ToString(), isCaseSensitive ? WildcardOptions.None : WildcardOptions.IgnoreCase);
        else
            Literal = literal.ToString();
    }

    /// <summary>The one name that is meant; null if there are wildcards.</summary>
    public string? Literal { get; }

    /// <summary>Does it match by its wildcards? A name without any is for the noun itself to compare.</summary>
    public bool IsMatch(string name) => _pattern?.IsMatch(name) == true;

    /// <summary>A text that means this name alone.</summary>
    public static string Of(string name) => name.IndexOfAny(['*', '?', Escape]) < 0 ? name
        : string.Concat(name.Select(c => c is '*' or '?' or Escape ? $"{Escape}{c}" : c.ToString()));

    /// <summary>The items whose name matches one of the patterns, each once, in the order of the patterns.</summary>
    public static IEnumerable<T> Select<T>(IEnumerable<string> patterns, IReadOnlyList<T> all, Func<T, string> nameOf) =>
        patterns.Select(text => new NamePattern(text)).SelectMany(pattern => all.Where(item => pattern.IsMatch(nameOf(item)))).Distinct();
}
