using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Once;

/// <summary>Runs a command whose output others will see as well: it passes through and is kept.</summary>
/// <remarks>The command's output is a pipe, not a terminal; the two streams are kept apart, so their order to each other is
/// not kept.</remarks>
public static class RecordedCommand
{
    private static readonly TimeSpan PatienceForSignals = TimeSpan.FromSeconds(1);

    internal const string Output = "stdout";
    internal const string Error = "stderr";
    private const string ExitFile = "exit-code";

    /// <summary>Runs the command and leaves its output and exit code in a directory.</summary>
    /// <param name="command">The program, looked up on PATH, and its arguments.</param>
    /// <param name="directory">Where to leave them.</param>
    /// <param name="lease">The command keeps this lock should this process be killed, so that two never run at once.</param>
    /// <param name="output">Gets its standard output as it comes.</param>
    /// <param name="error">Gets its standard error as it comes.</param>
    /// <param name="adjust">May change how it is started, its environment for example.</param>
    /// <param name="printed">Is told when the command has printed something; on a thread of its own.</param>
    /// <returns>Its exit code; 126 or 127 if it cannot be started or found.</returns>
    public static int Run(
        IReadOnlyList<string> command, string directory, LockLease? lease, Stream output, Stream error,
        Action<ProcessStartInfo>? adjust = null, Action? printed = null)
    {
        if (command is null || command.Count == 0)
            throw new ArgumentException(Message.Of(Key.MisuseCommandIsNeeded), nameof(command));
        int code = RunAndKeep(command, directory, lease, output, error, adjust, printed);
        File.WriteAllText(Path.Combine(directory, ExitFile), code.ToString(CultureInfo.InvariantCulture));
        return code;
    }

    private static int RunAndKeep(
        IReadOnlyList<string> command, string directory, LockLease? lease, Stream output, Stream error,
        Action<ProcessStartInfo>? adjust, Action? printed)
    {
        using FileStream keptOutput = File.Create(Path.Combine(directory, Output));
        using FileStream keptError = File.Create(Path.Combine(directory, Error));
        string? program = ExecutableSearch.Find(command[0]);
        if (program is null)
        {
            Say(keptError, error, Message.Of(Key.NoticeWasNotFoundGivePathOf, command[0]));
            return GuardedCommand.NotFound;
        }

        using var run = new CommandRun(lease is null ? [] : [lease], GuardedCommand.DefaultGrace, text => Pass(error, text));
        Process child;
        try
        {
            ProcessStartInfo start = GuardProcess.Wrap(program, command, GuardedCommand.DefaultGrace);
            if (lease?.Fence is { } fence)
                start.Environment[CommandEnvironment.FenceVariable] = fence.ToString(CultureInfo.InvariantCulture);
            CommandEnvironment.TellHolder(start);
            start.RedirectStandardOutput = true;
            start.RedirectStandardError = true;
            adjust?.Invoke(start);
            child = run.Start(start);
        }
        catch (Exception e) when (e is Win32Exception or PlatformException)
        {
            Say(keptError, error, Message.Of(Key.NoticeCannotBeStarted, program, e.Message));
            return GuardedCommand.NotExecutable;
        }

        using (child)
        {
            using var errors = new OutputPump(child.StandardError.BaseStream, keptError, error, printed);
            using var outputs = new OutputPump(child.StandardOutput.BaseStream, keptOutput, output, printed);
            int code = run.AwaitEnd(child);
            outputs.Finish();
            errors.Finish();
            return code;
        }
    }

    /// <summary>
    /// Was it this process that was to end? Then the command has not failed, and nobody is told that it has. A signal to
    /// the whole group may end the command before this process has taken notice of its own.
    /// </summary>
    /// <param name="code">The command's exit code.</param>
    /// <param name="cancellation">Cancelled by the signal.</param>
    /// <exception cref="OperationCanceledException">It was.</exception>
    public static void ThrowIfInterrupted(int code, CancellationToken cancellation)
    {
        if (code is 128 + Libc.SignalHangUp or 128 + Libc.SignalInterrupt or 128 + Libc.SignalTerminate)
            cancellation.WaitHandle.WaitOne(PatienceForSignals);
        cancellation.ThrowIfCancellationRequested();
    }

    private static void Say(FileStream kept, Stream passed, string text)
    {
        byte[] line = System.Text.Encoding.UTF8.GetBytes(text + Environment.NewLine);
        kept.Write(line, 0, line.Length);
        OutputPump.TryPass(passed, line, line.Length);
    }

    // Of this run, and nothing that those who get its output later should see.
    private static void Pass(Stream passed, string text)
    {
        byte[] line = System.Text.Encoding.UTF8.GetBytes(text + Environment.NewLine);
        OutputPump.TryPass(passed, line, line.Length);
    }

    /// <summary>Gives again what a command left, as if it had run here.</summary>
    /// <returns>Its exit code.</returns>
    /// <exception cref="FetchException">Somebody has changed what it left.</exception>
    public static int Replay(string directory, Stream output, Stream error)
    {
        try
        {
            foreach ((string name, Stream to) in new[] { (Output, output), (Error, error) })
            {
                byte[] buffer = new byte[64 * 1024];
                using FileStream kept = File.OpenRead(Path.Combine(directory, name));
                while (kept.Read(buffer, 0, buffer.Length) is int count and > 0 && OutputPump.TryPass(to, buffer, count))
                {
                }
            }

            return int.Parse(File.ReadAllText(Path.Combine(directory, ExitFile)), CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is FormatException || ManagedFailures.IsAboutFiles(e))
        {
            throw FetchFailures.ResultDamaged(directory, e);
        }
    }
}
