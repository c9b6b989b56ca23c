using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>
/// Ends what a command left running after an end by a signal: asks each process (SIGTERM), kills it when the grace is over,
/// and comes back only when none is left. The locks are held until then.
/// </summary>
/// <param name="guard">Knows the processes.</param>
/// <param name="grace">How long they have to end by themselves.</param>
/// <param name="say">Is told what people should know.</param>
internal sealed class TreeEnd(ChildGuard guard, TimeSpan grace, Action<string> say)
{
    // SIGKILL works at once, but for processes that wait for a device or belong to another user.
    private static readonly TimeSpan PatienceAfterKill = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(0.25);
    private static readonly TimeSpan LongestLookAtStuck = TimeSpan.FromSeconds(2);

    private readonly HashSet<ProcessIdentity> _asked = [];
    private readonly HashSet<ProcessIdentity> _killed = [];
    private string? _told;

    /// <summary>Returns when nothing is left, or what is left cannot be ended and is somebody else's to wait for.</summary>
    /// <param name="isHurried">True when another signal has come: the grace is over.</param>
    /// <param name="mayHandOver">Is there a parent that adopts what cannot be ended, and keeps the locks for it?</param>
    /// <param name="heldUpBy">Is told once and again which processes cannot be ended, so that waiters learn of it.</param>
    public void Run(Func<bool> isHurried, Func<bool> mayHandOver, Action<string> heldUpBy)
    {
        var clock = Stopwatch.StartNew();
        TimeSpan? killedAt = null;
        while (guard.IsAnyLeft())
        {
            IReadOnlyList<ProcessIdentity> left = guard.Left();
            if (killedAt is null && (clock.Elapsed >= grace || isHurried()))
                killedAt = clock.Elapsed;
            bool isStuck = killedAt is { } since && clock.Elapsed - since >= PatienceAfterKill;
            if (killedAt is null)
                Ask(left);
            else
                Kill(left);
            if (isStuck && mayHandOver())
                return;
            if (isStuck)
                Tell(left, heldUpBy);
            TimeSpan rest = killedAt is null ? grace - clock.Elapsed : LongestLook;
            TimeSpan longest = isStuck ? LongestLookAtStuck : LongestLook;
            ProcessEnd.AwaitAny(left, rest < longest && rest > TimeSpan.Zero && !isStuck ? rest : longest);
        }
    }

    private void Ask(IReadOnlyList<ProcessIdentity> left)
    {
        foreach (ProcessIdentity process in left)
        {
            if (_asked.Add(process))
                ProcessEnd.Ask(process);
        }
    }

    private void Kill(IReadOnlyList<ProcessIdentity> left)
    {
        guard.EndJob();
        // A killed process has no command line any more.
        var named = left.Where(process => !_killed.Contains(process)).ToDictionary(process => process, Name);
        var killed = new List<string>();
        foreach (ProcessIdentity process in left)
        {
            if (ProcessEnd.Force(process) == EndRequest.Sent && _killed.Add(process) && _asked.Contains(process))
                killed.Add(named[process]);
        }

        if (killed.Count > 0)
            say(Message.Of(Key.NoticeKilledWhatCommandLeft, string.Join(", ", killed), Durations.Describe(grace)));
    }

    private void Tell(IReadOnlyList<ProcessIdentity> left, Action<string> heldUpBy)
    {
        string names = left.Count == 0 ? Message.Of(Key.ReasonProcessNotVisible) : Names(left);
        if (names == _told)
            return;
        _told = names;
        heldUpBy(names);
        say(Message.Of(Key.NoticeLocksStayHeld, names));
    }

    private static string Names(IReadOnlyList<ProcessIdentity> processes) => string.Join(", ", processes.Select(Name));

    private static string Name(ProcessIdentity process) =>
        LockText.Process(RedactedCommandLine.TryOf(process.ProcessId), process.ProcessId, null)
        + (ProcessOwner.TryGet(process.ProcessId) is { } owner && owner != UserNames.Current ? Message.Of(Key.ReasonOfUser, owner) : string.Empty);
}
