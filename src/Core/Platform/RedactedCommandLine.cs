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
    // Nothing beyond is shown anyway, and patterns take their time on long texts.
    private const int LongestArgument = 1000;
    private const string Redacted = "***";

    private static readonly Regex SecretName = new(
        "pass|pwd|secret|token|credential|auth|api[-_]?key|access[-_]?key|private[-_]?key|signature|cookie|header|^-H$|^-u$|^--user$|^-p$|bearer|connection|coordinator",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);

    // Prefixes of well-known tokens, and anything long without a separator that is not a path.
    private static readonly Regex SecretValue = new(
        @"^(gh[pousr]_|github_pat_|glpat-|xox[abprs]-|AKIA|ASIA|eyJ|sk-|npm_)|^[A-Za-z0-9+/_=-]{40,}$",
        RegexOptions.CultureInvariant);

    // Up to the last "@" before the path: a password may hold one.
    private static readonly Regex UserInfo = new("(?<=://)[^/?#\\s]*@", RegexOptions.CultureInvariant);

    // Query and fragment; OAuth puts tokens into either.
    private static readonly Regex Query = new(@"(?<=://[^\s?#]*)[?#]\S*", RegexOptions.CultureInvariant);

    // "-c", "-lc", "-euc" of shells, "-e" of perl, ruby and node: what follows is a whole script.
    private static readonly Regex ShortScriptOption = new("^-[a-z]{0,3}[ce]$", RegexOptions.CultureInvariant);

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
            string argument = arguments[i].Length <= LongestArgument ? arguments[i] : arguments[i].Substring(0, LongestArgument);
            if (i > 0)
                text.Append(' ');
            text.Append(Sanitize(i == 0 ? ProgramName(argument)
                : secretFollows ? Redacted
                : Redact(argument)));
            secretFollows = i > 0 && argument.StartsWith('-')
                && !argument.Contains('=') && SecretName.IsMatch(argument);
            // What follows -c or -Command is a whole script.
            if (i > 0 && IsScriptOption(argument))
            {
                text.Append(" …");
                break;
            }
        }

        return text.Length <= LongestText ? text.ToString() : text.ToString(0, LongestText - 1) + "…";
    }

    /// <summary>What a program printed, word by word: secrets, as far as they can be told, left out.</summary>
    public static string OfOutput(string text)
    {
        string[] words = text.Split(' ');
        for (int i = 0; i < words.Length; i++)
        {
            // Options of compilers begin with "-p" as well, and are what the error is about.
            if (!words[i].StartsWith('-') || words[i].Contains('='))
                words[i] = Redact(words[i]);
        }

        return Sanitize(string.Join(" ", words));
    }

    // "dotnet tool.dll" and, outside Linux, an apphost show up as the DLL.
    private static string ProgramName(string path) =>
        path.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)
            ? Path.GetFileNameWithoutExtension(path)
            : Path.GetFileName(path);

    private static string Redact(string argument)
    {
        // Addresses first: what is cut off after a "=" below may have begun with a login.
        argument = Query.Replace(UserInfo.Replace(argument, string.Empty), "?" + Redacted);
        int equals = argument.IndexOf('=');
        // Not the name alone: "Server=db;Password=…", "--data=user=me&password=…".
        if (equals > 0 && SecretName.IsMatch(argument))
            return string.Concat(argument.AsSpan(0, equals + 1), Redacted);
        string value = equals > 0 ? argument.Substring(equals + 1) : argument;
        if (SecretValue.IsMatch(value) && !IsPath(value))
            return equals > 0 ? string.Concat(argument.AsSpan(0, equals + 1), Redacted) : Redacted;
        // "-phunter2" of mysql; that "-p8080" of others is left out as well is the smaller harm.
        if (argument.Length > 2 && argument.StartsWith("-p", StringComparison.OrdinalIgnoreCase))
            return string.Concat(argument.AsSpan(0, 2), Redacted);
        // "Authorization: Bearer …" as one argument.
        if (argument.Contains(':') && !argument.Contains("://") && SecretName.IsMatch(argument))
            return Redacted;
        return argument;
    }

    // Base64 may look like a long path; but then it does not begin with a directory of this machine.
    private static bool IsPath(string text) =>
        text.StartsWith('/')
        && text.IndexOf('/', 1) is int second and > 1
        && Directory.Exists(text.Substring(0, second));

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
