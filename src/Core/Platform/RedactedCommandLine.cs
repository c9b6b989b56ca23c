using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using System.Text.RegularExpressions;

namespace ProcessDedup.Platform;

/// <summary>
/// A command line fit to be shown to other people, in logs and records: the program and what is known to be harmless
/// (<see cref="HarmlessArgument"/>). Everything else is "…"; who may see it reads it from the process itself (ps).
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

    private const string Omitted = "…";
    private const string CommandFollows = "--";

    /// <summary>The command line of a running process; null if it cannot be read.</summary>
    public static string? TryOf(int processId)
    {
        if (!OperatingSystemKind.IsLinux)
            return null;
        try
        {
            string raw = KernelFile.ReadText($"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/cmdline");
            return raw.Length == 0 ? null : Of(raw.TrimEnd('\0').Split('\0'));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The same of a command line that is given.</summary>
    public static string Of(IReadOnlyList<string> arguments)
    {
        var text = new StringBuilder();
        bool isProgram = true, isAtCommand = false, isOfOurs = false;
        string last = string.Empty;
        foreach (string whole in arguments)
        {
            if (text.Length >= LongestText)
                break;
            string argument = whole.Length <= LongestArgument ? whole : whole.Substring(0, LongestArgument);
            string shown;
            if (isProgram)
            {
                shown = HarmlessArgument.Program(argument);
                isOfOurs = shown is "procdedup" or "procdedup.exe";
                (isProgram, isAtCommand) = (false, true);
            }
            else if (isOfOurs && argument == CommandFollows)
            {
                // "procdedup lock NAME -- make": of the command below it as much is shown as of one without us.
                (shown, isProgram) = (CommandFollows, true);
            }
            else
            {
                shown = Shown(argument, last, isAtCommand);
                isAtCommand = isAtCommand && shown == argument && !HarmlessArgument.IsOption(argument);
                // "dotnet procdedup.dll lock".
                isOfOurs = isOfOurs || (isAtCommand && HarmlessArgument.Program(argument) == "procdedup");
            }

            if (shown != Omitted || !EndsOmitted(text))
                text.Append(text.Length > 0 ? " " : string.Empty).Append(Sanitize(shown));
            last = argument;
        }

        return text.Length <= LongestText ? text.ToString() : text.ToString(0, LongestText - 1) + Omitted;
    }

    private static string Shown(string argument, string before, bool isAtCommand)
    {
        if (HarmlessArgument.IsOption(argument))
            return HarmlessArgument.Option(argument) ?? Omitted;
        bool isValue = HarmlessArgument.IsOption(before) && !HarmlessArgument.IsBeforeFile(before);
        return (isAtCommand && HarmlessArgument.IsCommand(argument)) || (!isValue && HarmlessArgument.IsScript(argument)) ? argument
            : isValue ? Omitted
            : HarmlessArgument.Host(argument) ?? Omitted;
    }

    private static bool EndsOmitted(StringBuilder text) => text.Length > 1 && text[text.Length - 1] == '…' && text[text.Length - 2] == ' ';

    /// <summary>
    /// What a program printed: without the secrets of the environment, and word by word without what looks like one. Unlike a command
    /// line it cannot be reduced to what is known to be harmless, as nothing would be left of an error message.
    /// </summary>
    public static string OfOutput(string text)
    {
        string[] words = SecretVariables.LeaveOutOf(text).Split(' ');
        for (int i = 0; i < words.Length; i++)
        {
            // Options of compilers begin with "-p" as well, and are what the error is about.
            if (!words[i].StartsWith('-') || words[i].Contains('='))
                words[i] = Redact(words[i]);
        }

        return Sanitize(string.Join(" ", words));
    }

    /// <summary>The same of what a command printed: also without what it was given in a place for secrets, as tools repeat that.</summary>
    public static string OfOutput(string text, IReadOnlyList<string> command)
    {
        for (int i = 1; i < command.Count; i++)
        {
            string argument = command[i];
            int equals = argument.IndexOf('=');
            string? value = HarmlessArgument.IsOption(command[i - 1]) && SecretName.IsMatch(command[i - 1]) ? argument
                : equals > 0 && SecretName.IsMatch(argument) ? argument.Substring(equals + 1)
                : UserInfo.Match(argument) is { Success: true } login ? login.Value.TrimEnd('@')
                : null;
            if (value is null)
                continue;
            // "name:password": tools repeat either.
            foreach (string part in new[] { value, value.Substring(value.IndexOf(':') + 1) })
            {
                if (part.Length >= SecretVariables.ShortestSecret)
                    text = text.Replace(part, Redacted, StringComparison.Ordinal);
            }
        }

        return OfOutput(text);
    }

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

    /// <summary>Control characters would let a process name rewrite the reader's terminal.</summary>
    public static string Sanitize(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (char c in text)
            clean.Append(char.IsControl(c) ? ' ' : c);
        return clean.ToString();
    }
}
