using System;
using System.CommandLine;
using ProcessDedup.Locks;

namespace ProcessDedup.Cli;

/// <summary>The other process of the self-test: holds a lock until its standard input ends.</summary>
internal static class HolderCommand
{
    public const string Name = "self-test-holder";

    public static Command Create()
    {
        var file = new Argument<string>("FILE");
        var command = new Command(Name, "Holds a lock for 'procdedup doctor'.") { file };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            LockTarget target = LockTarget.FromPath(parsed.GetValue(file)!);
            using LockLease lease = FileLock.Acquire(new LockRequest(target) { NoWait = true, AllowNetworkFileSystem = true });
            Console.Out.WriteLine(LockSelfTest.HeldMessage);
            while (Console.In.ReadLine() is not null)
            {
                // Until the other side closes the pipe or goes away.
            }

            return ExitCode.Success;
        });
        return command;
    }
}
