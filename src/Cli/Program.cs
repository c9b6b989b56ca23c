using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Text;
using ProcessDedup.Cli;
using ProcessDedup.Locks;
using ProcessDedup.Messages;

// Paths are bytes on Unix, and .NET takes them for UTF-8 in any locale: they must come out as they came in.
if (!OperatingSystem.IsWindows())
    Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

// A guard starts on every run of a command and needs nothing of the command line's library, which takes a while to load.
if (args is [GuardProcess.Verb, ..])
    return ErrorExit.Of(() => GuardProcess.Run(args, Console.Error));
GuardProcess.Program = OwnProgram.Start;
return ErrorExit.Of(() => Run(args));

static int Run(string[] args)
{
    // What follows the first "--" is the user's command and never ours to interpret.
    int separator = Array.IndexOf(args, "--");
    IReadOnlyList<string>? command = separator < 0 ? null : args[(separator + 1)..];
    string[] own = separator < 0 ? args : args[..separator];

    var root = new RootCommand("When many processes want the same thing at the same moment, one does it and the others wait.")
    {
        LockCommand.Create(command),
        LocksCommand.Create(),
        StopHolderCommand.Create(),
        FetchCommand.Create(),
        CacheCommand.Create(),
        OnceCommand.Create(command),
        BuildCommand.Create(command),
        ArtifactCommand.Create(),
        ReportCommand.Create(),
        SqliteCommand.Create(),
        SqliteLocksCommand.Create(),
        ClearStaleCommand.Create(),
        DoctorCommand.Create(),
        CompletionCommand.Create(),
        HolderCommand.Create(),
    };

    HelpWithExamples.AddTo(root);

    if (FleetOption.IsUnquoted(own))
    {
        Console.Error.WriteLine(Message.Of(Key.UsageCoordinatorNeedsQuotes));
        return ExitCode.Usage;
    }

    // A lock may well be called "@x": no response files.
    ParseResult parsed = root.Parse(own, new ParserConfiguration { ResponseFileTokenReplacer = null });
    if (command is not null && parsed.CommandResult.Command.Name is not (LockCommand.Name or OnceCommand.Name or BuildCommand.Name))
    {
        Console.Error.WriteLine(Message.Of(Key.NoticeOnlyAndTakeCommandAfter, LockCommand.Name, OnceCommand.Name, BuildCommand.Name));
        return ExitCode.Usage;
    }

    if (parsed.Errors.Count > 0 && parsed.Action is not HelpWithExamples)
    {
        foreach (string error in CommandLine.Errors(parsed))
            Console.Error.WriteLine("procdedup: " + CommandLine.WithoutSecrets(error, own));
        Console.Error.WriteLine(Message.Of(Key.NoticeTryHelp, CommandLine.Path(parsed)));
        return ExitCode.Usage;
    }

    return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
