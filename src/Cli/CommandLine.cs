using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace ProcessDedup.Cli;

/// <summary>Small pieces that several commands share.</summary>
internal static class CommandLine
{
    /// <summary>"procdedup lock" for whatever command was recognised.</summary>
    public static string Path(ParseResult parsed)
    {
        var names = new List<string>();
        for (SymbolResult? result = parsed.CommandResult; result is CommandResult command; result = result.Parent)
            names.Insert(0, command.Command is RootCommand ? "procdedup" : command.Command.Name);
        return string.Join(' ', names);
    }

    /// <summary>A mistyped option must not pass for a name: "--timeout 5" would lock "--timeout" and "5".</summary>
    public static void RefuseOptionsAsNames(this Command command, Argument<string[]> names) => command.Validators.Add(result =>
    {
        foreach (string name in result.GetValue(names) ?? [])
        {
            if (name.StartsWith('-'))
                result.AddError($"There is no option '{name}'.");
        }
    });

    /// <summary>A whole number; whether it is in range is told by whoever uses it.</summary>
    public static Option<int?> WholeNumber(string name, string help) => new(name)
    {
        Description = help,
        HelpName = "N",
        CustomParser = result =>
        {
            if (int.TryParse(result.Tokens[0].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value))
                return value;
            result.AddError($"{name} must be a whole number, not '{result.Tokens[0].Value}'.");
            return null;
        },
    };

    /// <summary>A number of seconds or hours: not negative, not NaN, not more than a TimeSpan can hold.</summary>
    public static Option<double> Duration(string name, string help, double @default, double largest) => new(name)
    {
        Description = help,
        HelpName = "N",
        DefaultValueFactory = _ => @default,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
                && value >= 0 && value <= largest)
            {
                return value;
            }

            result.AddError(FormattableString.Invariant($"{name} must be a number from 0 to {largest}, not '{text}'."));
            return 0;
        },
    };
}
