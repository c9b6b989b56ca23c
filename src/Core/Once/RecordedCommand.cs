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
    private static readonly TimeSpan PatienceForTheRest = TimeSpan.FromSeconds(2);

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

        using var guard = new ChildGuard();
        using var relay = new SignalRelay();
        ProcessStartInfo start = ChildGuard.Wrap(program, command);
        if (lease?.Fence is { } fence)
            start.Environment[GuardedCommand.FenceVariable] = fence.ToString(CultureInfo.InvariantCulture);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        adjust?.Invoke(start);
        Process? child;
        try
        {
            using InheritableLock? copy = lease?.Inheritable();
            child = ChildGuard.Start(start);
        }
        catch (Win32Exception e)
        {
            Say(keptError, error, Message.Of(Key.NoticeCannotBeStarted, program, e.Message));
            return GuardedCommand.NotExecutable;
        }

        using (child)
        {
            guard.Adopt(child!);
            relay.PassTo(child!.Id);
            var errors = new Pump(child.StandardError.BaseStream, keptError, error, printed);
            var outputs = new Pump(child.StandardOutput.BaseStream, keptOutput, output, printed);
            // Not WaitForExit without a time: that one waits for the streams as well.
            child.WaitForExit(Timeout.Infinite);
            guard.LetGo();
            outputs.Finish();
            errors.Finish();
            return child.ExitCode;
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

    /// <summary>Copies a stream of the command to where it is kept and to whom it is passed on.</summary>
    private sealed class Pump
    {
        private readonly Thread _thread;
        private Exception? _failure;
        private volatile bool _isGivenUp;

        public Pump(Stream from, FileStream kept, Stream passed, Action? printed)
        {
            _thread = new Thread(() => Run(from, kept, passed, printed)) { IsBackground = true };
            _thread.Start();
        }

        private void Run(Stream from, FileStream kept, Stream passed, Action? printed)
        {
            byte[] buffer = new byte[64 * 1024];
            bool isPassed = true;
            try
            {
                while (from.Read(buffer, 0, buffer.Length) is int count and > 0 && !_isGivenUp)
                {
                    Keep(kept, buffer, count);
                    printed?.Invoke();
                    isPassed = isPassed && TryPass(passed, buffer, count);
                }
            }
#pragma warning disable CA1031 // On a thread of its own anything that escapes ends the process.
            catch (Exception e)
#pragma warning restore CA1031
            {
                _failure ??= e;
            }
        }

        // A command that is not read any more would wait for ever: a full disk does not end the reading.
        private void Keep(FileStream kept, byte[] buffer, int count)
        {
            try
            {
                if (_failure is null)
                    kept.Write(buffer, 0, count);
            }
            catch (IOException e)
            {
                _failure = e;
            }
        }

        /// <summary>The command has ended. What it left in the background may hold the stream for ever, and is not its output.</summary>
        /// <exception cref="IOException">What was to be kept is not whole.</exception>
        public void Finish()
        {
            if (!_thread.Join(PatienceForTheRest))
                _isGivenUp = true;
            else if (_failure is not null)
                throw new IOException(_failure.Message, _failure);
        }
    }

    // Who reads this process's output may have gone ("| head"), or it was closed from the start (">&-"); the others still
    // want all of it.
    private static bool TryPass(Stream passed, byte[] buffer, int count)
    {
        try
        {
            passed.Write(buffer, 0, count);
            passed.Flush();
            return true;
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            return false;
        }
    }

    private static void Say(FileStream kept, Stream passed, string text)
    {
        byte[] line = System.Text.Encoding.UTF8.GetBytes(text + Environment.NewLine);
        kept.Write(line, 0, line.Length);
        TryPass(passed, line, line.Length);
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
                while (kept.Read(buffer, 0, buffer.Length) is int count and > 0 && TryPass(to, buffer, count))
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
