using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Parsing;

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

    /// <summary>A number that must not be negative, NaN or larger than a TimeSpan can hold.</summary>
    public static Option<double> Duration(string name, string help, double @default, double largest)
    {
        var option = new Option<double>(name) { Description = help, DefaultValueFactory = _ => @default, HelpName = "N" };
        option.Validators.Add(result =>
        {
            double value = result.GetValueOrDefault<double>();
            if (!(value >= 0 && value <= largest))
                result.AddError(FormattableString.Invariant($"{name} must be a number from 0 to {largest}."));
        });
        return option;
    }
}
