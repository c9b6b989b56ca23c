using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Diagnostics;
using System.IO;
using System.Linq;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Sqlite;

namespace ProcessDedup.Cli;

/// <summary><c>procdedup doctor</c>: proves that locks work in a directory, and tells which SQLite is used.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var directory = new Option<string?>("--directory")
        {
            Description = "The directory to test. Without it, the root directory of locks.",
            HelpName = "DIR",
        };
        var command = new Command(
            "doctor",
            "Proves on this machine that locks exclude other processes, that waits can be cancelled, and that a killed holder's lock is free at once; tells which library of SQLite is used.")
        {
            directory,
        };
        command.SetAction(parsed => Run(parsed.GetValue(directory)));
        return command;
    }

    private static int Run(string? directory)
    {
        string place = directory is null ? DefaultDirectory() : Path.GetFullPath(directory);
        if (directory is null)
            Console.Out.WriteLine(Message.Of(Key.NoticeRootInUse, LockRoot.Default().RootDirectory));
        Console.Out.WriteLine(Message.Of(Key.NoticeTestingLocksIn, place));
        IReadOnlyList<SelfTestResult> results = LockSelfTest.Run(place, Holder);
        foreach (SelfTestResult result in results)
            Print(result);
        SelfTestResult sqlite = SqliteSelfTest.Run();
        Print(sqlite);
        if (!sqlite.Passed)
            Console.Out.WriteLine(Message.Of(Key.NoticeEverythingButDatabasesWorksWithoutSqlite));
        bool doLocksWork = results.All(r => r.Passed);
        Console.Out.WriteLine(doLocksWork
            ? Message.Of(Key.NoticeLocksWorkHere)
            : Message.Of(Key.NoticeDoNotRelyOnLocksHere));
        return doLocksWork && sqlite.Passed ? ExitCode.Success : ExitCode.Failure;
    }

    private static void Print(SelfTestResult result)
    {
        Console.Out.WriteLine($"  {(result.Passed ? "ok    " : "FAILED")}  {result.Name} ({result.Detail})");
        if (result.Warning is { } warning)
            Console.Out.WriteLine($"  warning {warning}");
    }

    private static string DefaultDirectory()
    {
        LockRoot root = LockRoot.Default();
        root.Prepare();
        return root.LocksDirectory;
    }

    private static ProcessStartInfo Holder(string file)
    {
        IReadOnlyList<string> self = OwnProgram.Start;
        var start = new ProcessStartInfo(self[0], self.Skip(1));
        start.ArgumentList.Add(HolderCommand.Name);
        start.ArgumentList.Add(file);
        return start;
    }
}
