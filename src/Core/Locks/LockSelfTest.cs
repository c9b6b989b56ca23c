using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>One thing that was tried.</summary>
/// <param name="Name">What was tried.</param>
/// <param name="Passed">Did it work?</param>
/// <param name="Detail">What was seen.</param>
public sealed record SelfTestResult(string Name, bool Passed, string Detail)
{
    /// <summary>What is not wrong here and may harm elsewhere; null if there is nothing of the kind.</summary>
    public string? Warning { get; init; }
}

/// <summary>
/// Proves on a given directory what locks promise: that a second process is kept out, that a wait ends when it is
/// cancelled, and that a killed holder's lock is free at once.
/// </summary>
public static class LockSelfTest
{
    /// <summary>What a holder process prints once it holds the lock; it then waits for its standard input to end.</summary>
    public const string HeldMessage = "HELD";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(1);

    /// <summary>Runs every test; leaves nothing behind.</summary>
    /// <param name="directory">An existing directory.</param>
    /// <param name="holder">How to start a process that takes the lock on the given file exclusively, prints
    /// <see cref="HeldMessage"/> and holds it until its standard input ends.</param>
    public static IReadOnlyList<SelfTestResult> Run(string directory, Func<string, ProcessStartInfo> holder)
    {
        ArgumentNullException.ThrowIfNull(holder);
        var results = new List<SelfTestResult>();
        string file = Path.Combine(directory, $".procdedup-self-test-{Guid.NewGuid():N}");
        LockTarget target = LockTarget.FromPath(file);
        try
        {
            results.Add(FileSystemIsLocal(directory));
            Try(results, Message.Of(Key.DoctorLockCanBeTakenAndReleased), () =>
            {
                FileLock.Acquire(Request(target)).Dispose();
                return Message.Of(Key.DoctorIn, directory);
            });
            if (results[results.Count - 1].Passed)
            {
                Try(results, Message.Of(Key.DoctorAnotherProcessIsKeptOutAnd), () => KeepsOut(target, holder));
                Try(results, Message.Of(Key.DoctorWaitCanBeCancelled), () => CanBeCancelled(target, holder));
                Try(results, Message.Of(Key.DoctorKilledHolderLockIsFreeAt), () => CrashFrees(target, holder));
            }
        }
        finally
        {
            StaleLocks.Clear(target, TimeSpan.Zero);
        }

        return results;
    }

    private static LockRequest Request(LockTarget target) => new(target) { AllowNetworkFileSystem = true };

    private static SelfTestResult FileSystemIsLocal(string directory)
    {
        Mount mount = Mounts.Of(directory);
        string? reason = NetworkFileSystems.ReasonAgainst(mount.Type);
        string type = mount.Type.Length == 0 ? "unknown" : mount.Type;
        return new SelfTestResult(
            Message.Of(Key.DoctorFileSystemIsLocal), reason is null, reason is null ? type : Message.Of(Key.DoctorProvesThisMachineOnly, type, reason));
    }

    private static string KeepsOut(LockTarget target, Func<string, ProcessStartInfo> holder)
    {
        using var process = Holder.Start(holder(target.LockFile));
        Expect(() => FileLock.Acquire(Request(target) with { NoWait = true }), LockError.LockBusy);
        string who = LockInspector.TryInspect(target) is { Holders.Count: > 0 } status
            ? Message.Of(Key.ReasonHolderWasSeenAsPid, status.Holders[0].ProcessId?.ToString(CultureInfo.InvariantCulture) ?? "unknown")
            : Message.Of(Key.ReasonWhoHoldsItCannotBeSeen);
        process.Release();
        FileLock.Acquire(Request(target) with { Timeout = Patience }).Dispose();
        return who;
    }

    private static string CanBeCancelled(LockTarget target, Func<string, ProcessStartInfo> holder)
    {
        using var process = Holder.Start(holder(target.LockFile));
        using var cancellation = new CancellationTokenSource();
        Task<LockLease> wait = Task.Factory.StartNew(
            () => FileLock.Acquire(Request(target), cancellation.Token),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        // Cancelled too early it would never have waited. Where waiters cannot be seen, a moment must do.
        SpinWait.SpinUntil(() => wait.IsCompleted || LockInspector.TryInspect(target) is { Waiters.Count: > 0 }, SettleTime);
        var clock = Stopwatch.StartNew();
        cancellation.Cancel();
        try
        {
            if (!wait.Wait(Patience))
                throw new InvalidOperationException(Message.Of(Key.ReasonWaitWentOn));
            wait.Result.Dispose();
            throw new InvalidOperationException(Message.Of(Key.ReasonLockWasGrantedToTwoProcesses));
        }
        catch (AggregateException e) when (e.InnerException is OperationCanceledException)
        {
            return Message.Of(Key.ReasonAfterCancellation, Milliseconds(clock));
        }
    }

    private static string CrashFrees(LockTarget target, Func<string, ProcessStartInfo> holder)
    {
        using var process = Holder.Start(holder(target.LockFile));
        var clock = Stopwatch.StartNew();
        process.Kill();
        FileLock.Acquire(Request(target) with { Timeout = Patience }).Dispose();
        return Message.Of(Key.ReasonAfterKill, Milliseconds(clock));
    }

    private static string Milliseconds(Stopwatch clock) =>
        clock.Elapsed.TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture) + " ms";

    private static void Expect(Func<LockLease> acquire, LockError expected)
    {
        try
        {
            acquire().Dispose();
        }
        catch (LockException e) when (e.Error == expected)
        {
            return;
        }

        throw new InvalidOperationException(Message.Of(Key.ReasonLockWasGrantedToTwoProcesses));
    }

    private static void Try(List<SelfTestResult> results, string name, Func<string> test)
    {
        try
        {
            results.Add(new SelfTestResult(name, true, test()));
        }
        catch (Exception e) when (e is LockException or InvalidOperationException or IOException
            or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            results.Add(new SelfTestResult(name, false, e.Message));
        }
    }

    /// <summary>A process that holds the lock until told, or killed.</summary>
    private sealed class Holder : IDisposable
    {
        private readonly Process _process;

        private Holder(Process process) => _process = process;

        public static Holder Start(ProcessStartInfo start)
        {
            start.UseShellExecute = false;
            start.RedirectStandardInput = true;
            start.RedirectStandardOutput = true;
            start.RedirectStandardError = true;
            var holder = new Holder(Process.Start(start) ?? throw new InvalidOperationException(Message.Of(Key.ReasonNoHolderProcessWasStarted)));
            // Read beside the wait: a full pipe would block the holder before it says anything.
            Task<string> errors = holder._process.StandardError.ReadToEndAsync();
            Task<bool> held = Task.Run(() => SaysThatItHolds(holder._process.StandardOutput));
            if (held.Wait(Patience) && held.Result)
                return holder;
            holder.Dispose();
            throw new InvalidOperationException(
                Message.Of(Key.ReasonHolderProcessDidNotGetLock, errors.Wait(Patience) ? errors.Result.Trim() : Message.Of(Key.ReasonHangs)));
        }

        // It may say more before: of the holder before it, say, that was killed.
        private static bool SaysThatItHolds(TextReader output)
        {
            while (output.ReadLine() is { } line)
            {
                if (line == HeldMessage)
                    return true;
            }

            return false;
        }

        public void Release() => _process.StandardInput.Close();

        public void Kill()
        {
            _process.Kill();
            _process.WaitForExit();
        }

        public void Dispose()
        {
            try
            {
                if (!_process.HasExited)
                    Kill();
            }
            catch (InvalidOperationException)
            {
                // It ended in between.
            }

            _process.Dispose();
        }
    }
}
