using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using ProcessDedup.Messages;

namespace ProcessDedup.Cli;

/// <summary>Small pieces that several commands share.</summary>
internal static partial class CommandLine
{
    [GeneratedRegex("pass|pwd|secret|token|credential|auth|key", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SecretWord();

    /// <summary>"procdedup lock" for whatever command was recognised.</summary>
    public static string Path(ParseResult parsed)
    {
        var names = new List<string>();
        for (SymbolResult? result = parsed.CommandResult; result is CommandResult command; result = result.Parent)
            names.Insert(0, command.Command is RootCommand ? "procdedup" : command.Command.Name);
        return string.Join(' ', names);
    }

    /// <summary>What is wrong with it. Of a mistyped command nothing but that; not that a command is missing, too.</summary>
    public static IEnumerable<string> Errors(ParseResult parsed) =>
        parsed.CommandResult.Command.Subcommands.Count > 0 && parsed.UnmatchedTokens is [{ } unknown, ..]
            ? [unknown.StartsWith('-') ? Message.Of(Key.UsageThereIsNoOption, unknown) : Message.Of(Key.UsageThereIsNoCommand, unknown)]
            : parsed.Errors.Select(error => error.Message);

    /// <summary>A mistyped option must not pass for a name: "--timeout 5" would lock "--timeout" and "5".</summary>
    public static void RefuseOptionsAsNames(this Command command, Argument<string[]> names) => command.Validators.Add(result =>
    {
        foreach (string name in result.GetValue(names) ?? [])
        {
            if (name.StartsWith('-'))
                result.AddError(Message.Of(Key.UsageThereIsNoOption, name));
        }
    });

    /// <summary>
    /// What is wrong with a command line, without the arguments in it that may be secret: addresses have logins and
    /// queries, headers have tokens, connection strings passwords.
    /// </summary>
    public static string WithoutSecrets(string message, IReadOnlyList<string> arguments)
    {
        foreach (string argument in arguments)
        {
            if (argument.Contains("://", StringComparison.Ordinal) || argument.Contains(": ", StringComparison.Ordinal)
                || argument.Contains('=', StringComparison.Ordinal) && (argument.AsSpan().ContainsAny(" \t\r\n;") || SecretWord().IsMatch(argument)))
                message = message.Replace(argument, "***", StringComparison.Ordinal);
        }

        return message;
    }

    /// <summary>As above, for the one thing that a command is about.</summary>
    public static void RefuseOptionAs<T>(this Command command, Argument<T> argument)
        where T : class? => command.Validators.Add(result =>
    {
        if (result.GetResult(argument) is { Tokens.Count: > 0 } && result.GetValue(argument) is string text && text.StartsWith('-'))
            result.AddError(Message.Of(Key.UsageThereIsNoOption, text));
    });

    /// <summary>A value for a check of several options; the default if it cannot be read, which has an error of its own.</summary>
    public static T? ValueIfRead<T>(this SymbolResult result, Option<T> option)
    {
        try
        {
            return result.GetValue(option);
        }
        catch (InvalidOperationException)
        {
            return default;
        }
    }

    /// <summary>A whole number; whether it is in range is told by whoever uses it.</summary>
    public static Option<int?> WholeNumber(string name, string help) => new(name)
    {
        Description = help,
        HelpName = "N",
        CustomParser = result =>
        {
            if (int.TryParse(result.Tokens[0].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value))
                return value;
            result.AddError(Message.Of(Key.UsageMustBeWholeNumberNot, name, result.Tokens[0].Value));
            return null;
        },
    };

    /// <summary>A number of seconds or hours: not negative, not NaN, not more than a TimeSpan can hold.</summary>
    public static Option<double> Duration(string name, string help, double @default, double largest) => new(name)
    {
        Description = help,
        HelpName = "N",
        DefaultValueFactory = _ => @default,
        CustomParser = result => ParseDuration(result, name, largest) ?? 0,
    };

    /// <summary>The same, null if it is not given.</summary>
    public static Option<double?> OptionalDuration(string name, string help, double largest) => new(name)
    {
        Description = help,
        HelpName = "N",
        CustomParser = result => ParseDuration(result, name, largest),
    };

    private static double? ParseDuration(ArgumentResult result, string name, double largest)
    {
        string text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            && value >= 0 && value <= largest)
        {
            return value;
        }

        result.AddError(Message.Of(Key.UsageMustBeNumberFrom0To, name, largest, text));
        return null;
    }

    /// <summary>Seconds of a duration. The least that is not zero stays so: zero often means "for ever".</summary>
    public static TimeSpan Seconds(double seconds)
    {
        TimeSpan span = TimeSpan.FromSeconds(seconds);
        return span == TimeSpan.Zero && seconds > 0 ? TimeSpan.FromTicks(1) : span;
    }

    /// <summary>The same of what may be left out.</summary>
    public static TimeSpan? Seconds(double? seconds) => seconds is { } given ? Seconds(given) : null;

    /// <summary>A number of bytes: "4096", "200M", "1.5Gi".</summary>
    public static Option<long?> Bytes(string name, string help) => new(name)
    {
        Description = help + " k, M, G and T stand for powers of 1000, Ki, Mi, Gi and Ti for powers of 1024.",
        HelpName = "BYTES",
        CustomParser = result =>
        {
            if (ByteSize.TryParse(result.Tokens[0].Value) is { } bytes)
                return bytes;
            result.AddError(Message.Of(Key.UsageMustBeNumberOfBytesSuch, name, result.Tokens[0].Value));
            return null;
        },
    };
}
