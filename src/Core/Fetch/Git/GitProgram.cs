using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Fetch.Http;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Telemetry;

namespace ProcessDedup.Fetch.Git;

/// <summary>
/// The installed git, run without hooks, templates, questions and background work; ended with all that it started when
/// the caller cancels, its time is up, or it is silent for too long.
/// </summary>
internal sealed class GitProgram(FetchContext context, GitSource source)
{
    private const int BufferSize = 1 << 16;
    private const int MostErrorBytes = 32 * 1024;
    private const long MostOutputBytes = 64L << 20;

    // What git leaves in the background (ssh's ControlPersist) may hold its error output for ever.
    private static readonly TimeSpan PatienceForErrors = TimeSpan.FromSeconds(2);

    // None of them is a secret: other users see them.
    private static readonly string[] Always =
    [
        "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.attributesFile=/dev/null",
        "-c", "core.autocrlf=false", "-c", "core.eol=lf", "-c", "gc.auto=0", "-c", "maintenance.auto=false",
        "-c", "protocol.ext.allow=never", "-c", "fetch.recurseSubmodules=false", "-c", "fetch.writeCommitGraph=false",
        // A pack appears whole or not at all; single objects would not.
        "-c", "fetch.unpackLimit=1",
    ];

    private readonly string _program = ExecutableSearch.Find("git")
        ?? throw FetchFailures.ProgramMissing("git", Message.Of(Key.ReasonFetchFromRepository));

    private bool _mayKeepSshSilent;

    /// <summary>To be called once before the source is asked.</summary>
    public void Prepare(string display) =>
        _mayKeepSshSilent = source.IsSsh && !Run(display, "config", "--get", "core.sshCommand").IsGood;

    /// <summary>Runs git where the source and the user's settings are known.</summary>
    public GitOutcome Run(string display, params string[] arguments) => Run(display, arguments, null, isIsolated: false);

    /// <summary>The same, again after a while when the connection failed.</summary>
    public GitOutcome RunPatiently(string display, params string[] arguments)
    {
        ITransferObserver observer = context.Request.Activity;
        for (int attempt = 1; ; attempt++)
        {
            GitOutcome outcome = Run(display, arguments);
            if (outcome.IsGood || outcome.Error != FetchError.FetchConnectionFailed || attempt >= context.Request.MaxAttempts)
                return outcome;
            TimeSpan pause = new HttpLimits().Backoff.After(attempt, new Random(Guid.NewGuid().GetHashCode()).NextDouble());
            if (context.Deadline.Remaining <= pause)
                return outcome;
            WorkMeasures.Retried("download");
            observer.Retry(attempt, pause, outcome.Said(Secrets));
            context.Cancellation.WaitHandle.WaitOne(pause);
        }
    }

    /// <summary>Runs git on what is here, without any user's settings.</summary>
    /// <param name="display">For failures.</param>
    /// <param name="output">Where its output goes; null: into the outcome.</param>
    /// <param name="arguments">After the common ones.</param>
    public GitOutcome RunLocal(string display, Stream? output, params string[] arguments) => Run(display, arguments, output, isIsolated: true);

    /// <summary>The failure that an outcome is.</summary>
    public FetchException Failure(string display, GitOutcome outcome) =>
        FetchFailures.Git(display, outcome.Error, outcome.Said(Secrets));

    private SentSecrets? Secrets => source.Http?.Secrets;

    private GitOutcome Run(string display, IReadOnlyList<string> arguments, Stream? output, bool isIsolated)
    {
        CancellationToken cancellation = context.Cancellation;
        cancellation.ThrowIfCancellationRequested();
        using var watch = new InactivityWatch(context.Request.InactivityTimeout, context.Deadline, cancellation);
        using Process process = Start(arguments, isIsolated);
        using CancellationTokenRegistration kill = watch.Token.Register(() => Kill(process));
        process.StandardInput.Close();
        var errors = new MemoryStream();
        Stream said = process.StandardError.BaseStream;
        Task listening = Task.Factory.StartNew(
            () => Listen(said, errors, watch), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        using var text = new MemoryStream();
        try
        {
            Pump(process.StandardOutput.BaseStream, output ?? text, output is null ? MostOutputBytes : context.Request.MaxBytes, display, watch);
            process.WaitForExit();
        }
        catch
        {
            Kill(process);
            throw;
        }

        listening.Wait(PatienceForErrors);
        cancellation.ThrowIfCancellationRequested();
        if (watch.Token.IsCancellationRequested)
            throw FetchFailures.GitStalled(display, context.Request.InactivityTimeout, watch.IsTooLate);
        string words;
        lock (errors)
            words = Encoding.UTF8.GetString(errors.ToArray());
        return new GitOutcome(process.ExitCode, Encoding.UTF8.GetString(text.ToArray()), words);
    }

    private Process Start(IReadOnlyList<string> arguments, bool isIsolated)
    {
        ProcessStartInfo start = WindowsScript.Start(_program, [.. Always, .. arguments]);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.CreateNoWindow = true;
        start.WorkingDirectory = context.Store.Layout.Git;
        IDictionary<string, string?> environment = start.Environment!;
        GitEnvironment.Prepare(environment, context.Store.Layout.Directory);
        if (isIsolated)
            GitEnvironment.Isolate(environment);
        else
            GitEnvironment.LetIn(environment, source);
        if (_mayKeepSshSilent)
            GitEnvironment.KeepSshSilent(environment);
        return Process.Start(start) ?? throw FetchFailures.ProgramMissing("git", Message.Of(Key.ReasonFetchFromRepository));
    }

    private static void Pump(Stream from, Stream to, long? most, string display, InactivityWatch watch)
    {
        byte[] buffer = new byte[BufferSize];
        long all = 0;
        while (from.Read(buffer, 0, buffer.Length) is int read and > 0)
        {
            watch.Moved();
            all += read;
            if (all > most)
                throw FetchFailures.FileTooLarge(display, all, most.Value);
            to.Write(buffer, 0, read);
        }
    }

    // On its own thread: a full pipe would stop git. Only the end is kept; progress comes before it.
    private static void Listen(Stream from, MemoryStream errors, InactivityWatch watch)
    {
        try
        {
            byte[] buffer = new byte[4096];
            while (from.Read(buffer, 0, buffer.Length) is int read and > 0)
            {
                watch.Moved();
                lock (errors)
                {
                    if (errors.Length + read > MostErrorBytes)
                    {
                        byte[] half = errors.ToArray();
                        errors.SetLength(0);
                        errors.Write(half, half.Length / 2, half.Length - half.Length / 2);
                    }

                    errors.Write(buffer, 0, read);
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // git has ended.
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            // git-remote-https, ssh and index-pack too.
            ProcessTreeEnd.Kill(process);
        }
        catch (Exception)
        {
            // It has ended meanwhile. On a timer's thread nothing may escape.
        }
    }
}
