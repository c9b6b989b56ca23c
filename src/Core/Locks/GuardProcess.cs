using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>
/// A process between <c>procdedup</c> and its command that keeps the locks when <c>procdedup</c> is killed (Linux). Like the
/// command it has inherited the locks' descriptors, and unlike the command it never lets go of them before everything that the
/// command started has ended. If the guard is killed instead, <c>procdedup</c> does the same.
/// </summary>
/// <remarks>
/// SIGKILL reaches only the process that somebody knows (a timeout of Python's subprocess, <c>timeout -k</c>), and the command's
/// children may have closed what they inherited, so that neither would keep the lock.
/// </remarks>
public static class GuardProcess
{
    /// <summary>The first argument of a guard.</summary>
    public const string Verb = "guard-command";

    // Verb, grace, parent and "--", behind which views show as much as of any command.
    private const int OwnArguments = 4;

    /// <summary>
    /// The program, and its first arguments, that calls <see cref="Run"/> when it gets <see cref="Verb"/>. Without one there are
    /// no guards, and a command goes on when its parent is killed.
    /// </summary>
    public static IReadOnlyList<string>? Program { get; set; }

    /// <summary>How to start a command: by a guard, where there can be one.</summary>
    /// <exception cref="Win32Exception">An argument cannot be handed to a batch file.</exception>
    internal static ProcessStartInfo Wrap(string program, IReadOnlyList<string> command, TimeSpan grace)
    {
        // A program that was replaced while it runs cannot be started again.
        return OperatingSystemKind.IsLinux && Program is { Count: > 0 } guard && File.Exists(guard[0])
            ? new ProcessStartInfo(
                guard[0],
                [.. guard.Skip(1), Verb, Text(grace.TotalSeconds), Text(ProcessIdentity.CurrentProcessId()), "--", program, .. command.Skip(1)])
            { UseShellExecute = false }
            : WindowsScript.Start(program, command.Skip(1));
    }

    /// <summary>Is that process a guard?</summary>
    internal static bool Is(int processId) =>
        RedactedCommandLine.TryOf(processId)?.Contains($" {Verb} ", StringComparison.Ordinal) == true;

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);

    /// <summary>Runs the command as its guard.</summary>
    /// <param name="arguments">Those of <see cref="Wrap"/>.</param>
    /// <param name="error">Where to say that the command cannot be started, or what of it had to be killed.</param>
    /// <returns>The command's exit code; 128 + n if signal n ended it.</returns>
    public static int Run(IReadOnlyList<string> arguments, TextWriter error)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(error);
        if (arguments.Count <= OwnArguments
            || !double.TryParse(arguments[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds)
            || !int.TryParse(arguments[2], NumberStyles.None, CultureInfo.InvariantCulture, out int parent))
        {
            throw new ArgumentException(Message.Of(Key.MisuseCommandIsNeeded), nameof(arguments));
        }

        using var run = new CommandRun([], TimeSpan.FromSeconds(seconds), error.WriteLine);
        using ParentWatch? watch = OperatingSystem.IsLinux() ? new ParentWatch(parent, run.EndForParent) : null;
        run.Parent = watch;
        // Nothing was started yet, and the locks end with this process.
        if (watch is not { IsThere: true })
            return 128 + Libc.SignalKill;
        var start = new ProcessStartInfo(arguments[OwnArguments], arguments.Skip(OwnArguments + 1)) { UseShellExecute = false };
        CommandEnvironment.TellHolder(start);
        try
        {
            using Process child = run.Start(start);
            return run.AwaitEnd(child);
        }
        catch (Win32Exception e)
        {
            error.WriteLine(Message.Of(Key.NoticeCannotBeStarted, start.FileName, e.Message));
            return GuardedCommand.NotExecutable;
        }
    }
}
