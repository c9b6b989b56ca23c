using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using System.Text.RegularExpressions;

namespace ProcessDedup.Platform;

/// <summary>
/// A command line fit to be shown to other people: enough to recognise the process, without what might be secret.
/// In doubt it leaves out.
/// </summary>
internal static class RedactedCommandLine
{
    private const int LongestText = 200;
    private const string Redacted = "***";
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private static readonly Regex SecretName = new(
        "pass|pwd|secret|token|credential|auth|api[-_]?key|access[-_]?key|private[-_]?key|signature|cookie|header|^-H$|^-u$|^--user$|bearer|connection",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, Patience);

    // Prefixes of well-known tokens, and anything long without a separator that is not a path.
    private static readonly Regex SecretValue = new(
        @"^(gh[pousr]_|github_pat_|glpat-|xox[abprs]-|AKIA|ASIA|eyJ|sk-|npm_)|^[A-Za-z0-9+/_=-]{40,}$",
        RegexOptions.CultureInvariant, Patience);

    // Up to the last "@" before the path: a password may hold one.
    private static readonly Regex UserInfo = new("(?<=://)[^/?#\\s]*@", RegexOptions.CultureInvariant, Patience);

    // Query and fragment; OAuth puts tokens into either.
    private static readonly Regex Query = new(@"(?<=://[^\s?#]*)[?#]\S*", RegexOptions.CultureInvariant, Patience);

    // "-c", "-lc", "-euc" of shells, "-e" of perl, ruby and node: what follows is a whole script.
    private static readonly Regex ShortScriptOption = new("^-[a-z]*[ce]$", RegexOptions.CultureInvariant, Patience);

    /// <summary>The command line of a running process; null if it cannot be read.</summary>
    public static string? TryOf(int processId)
    {
        if (!OperatingSystemKind.IsLinux)
            return null;
        try
        {
            string raw = File.ReadAllText($"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/cmdline");
            return raw.Length == 0 ? null : Of(raw.TrimEnd('\0').Split('\0'));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public static string Of(IReadOnlyList<string> arguments)
    {
        var text = new StringBuilder();
        bool secretFollows = false;
        for (int i = 0; i < arguments.Count && text.Length < LongestText; i++)
        {
            string argument = arguments[i];
            if (i > 0)
                text.Append(' ');
            text.Append(Sanitize(i == 0 ? ProgramName(argument)
                : secretFollows ? Redacted
                : Redact(argument)));
            secretFollows = i > 0 && argument.StartsWith("-", StringComparison.Ordinal)
                && !argument.Contains("=") && SecretName.IsMatch(argument);
            // What follows -c or -Command is a whole script.
            if (i > 0 && IsScriptOption(argument))
            {
                text.Append(" …");
                break;
            }
        }

        return text.Length <= LongestText ? text.ToString() : text.ToString(0, LongestText - 1) + "…";
    }

    // "dotnet tool.dll" and, outside Linux, an apphost show up as the DLL.
    private static string ProgramName(string path) =>
        path.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)
            ? Path.GetFileNameWithoutExtension(path)
            : Path.GetFileName(path);

    private static string Redact(string argument)
    {
        int equals = argument.IndexOf('=');
        // Not the name alone: "Server=db;Password=…", "--data=user=me&password=…".
        if (equals > 0 && SecretName.IsMatch(argument))
            return argument.Substring(0, equals + 1) + Redacted;
        if (SecretValue.IsMatch(equals > 0 ? argument.Substring(equals + 1) : argument))
            return equals > 0 ? argument.Substring(0, equals + 1) + Redacted : Redacted;
        // "Authorization: Bearer …" as one argument, "-ppassword" glued together.
        if (argument.Contains(":") && !argument.Contains("://") && SecretName.IsMatch(argument))
            return Redacted;
        return Query.Replace(UserInfo.Replace(argument, string.Empty), "?" + Redacted);
    }

    private static bool IsScriptOption(string argument) =>
        ShortScriptOption.IsMatch(argument)
        || argument is "/c" or "/C" or "--eval" or "--command" or "-enc"
        || argument.Equals("-encodedcommand", StringComparison.OrdinalIgnoreCase)
        || argument.Equals("-command", StringComparison.OrdinalIgnoreCase)
        || argument.Equals("-commandwithargs", StringComparison.OrdinalIgnoreCase);

    /// <summary>Control characters would let a process name rewrite the reader's terminal.</summary>
    public static string Sanitize(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (char c in text)
            clean.Append(char.IsControl(c) ? ' ' : c);
        return clean.ToString();
    }
}
