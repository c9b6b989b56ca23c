using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.IO;
using System.Text;

namespace ProcessDedup.Cli;

/// <summary>The help of System.CommandLine, and below it the examples of the command.</summary>
internal sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
{
    private readonly HelpAction _help = help;

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    public static void AddTo(RootCommand root)
    {
        foreach (Option option in root.Options)
        {
            if (option is HelpOption { Action: HelpAction help })
                option.Action = new HelpWithExamples(help);
        }
    }

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        Command shown = parseResult.CommandResult.Command;
        // The help looks no further than its window; lines that are broken already would be broken twice.
        if (!Console.IsOutputRedirected)
            shown.Description = Flowing(shown.Description ?? string.Empty);
        foreach (Command command in shown.Subcommands)
            command.Description = FirstSentence(command.Description ?? string.Empty);
        int code = _help.Invoke(parseResult);
        IReadOnlyList<string> examples = Examples.Of(CommandLine.Path(parseResult));
        if (examples.Count == 0)
            return code;
        TextWriter output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (string line in examples)
            output.WriteLine("  " + line);
        output.WriteLine();
        return code;
    }

    /// <summary>Each paragraph in one line; what is indented stays as it is.</summary>
    internal static string Flowing(string text)
    {
        var flowing = new StringBuilder();
        bool isOpen = false;
        foreach (string line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            bool isText = line.Length > 0 && line[0] != ' ';
            if (flowing.Length > 0)
                flowing.Append(isOpen && isText ? ' ' : '\n');
            flowing.Append(line);
            isOpen = isText;
        }

        return flowing.ToString();
    }

    // In the list of commands; all of it is in the help of the one.
    private static string FirstSentence(string text)
    {
        string paragraph = Flowing(text).Split('\n')[0];
        int end = paragraph.IndexOf(". ", StringComparison.Ordinal);
        return end < 0 ? paragraph : paragraph[..(end + 1)];
    }
}
