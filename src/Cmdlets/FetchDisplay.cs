using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Management.Automation;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Messages;

namespace ProcessDedup.Cmdlets;

/// <summary>
/// Shows fetches that take longer than a second: one progress record for all of them, or, where pwsh has no console, a line
/// on standard error after a while and then one a minute; while all of them wait for the same thing, in one process of the job only.
/// </summary>
internal sealed class FetchDisplay(PSCmdlet cmdlet, string doing = "Fetching") : IDisposable
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan QuietInLogs = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LinePeriod = TimeSpan.FromMinutes(1);
    private static int _lastActivity;

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly bool _isConsoleHost = TerminalKind.IsConsoleHost(cmdlet.Host);
    private readonly bool _hasConsole = TerminalKind.IsInteractive();
    private ProgressRecord? _record;
    private TimeSpan _nextLine;
    private TimeSpan _waitedUntil;
    private TimeSpan _nextLook;
    private LockTarget? _awaited;
    private WaitTeller? _teller;

    /// <summary>Shows how far it is, if it is time for that.</summary>
    public void Show(IReadOnlyCollection<FetchWork> pending, int total)
    {
        foreach (FetchWork work in pending)
            Tell(work.Activity);
        if (_clock.Elapsed < Quiet || pending.Count == 0)
            return;
        List<FetchWork> active = pending.Where(w => w is { IsBegun: true, IsDone: false }).ToList();
        if (active.Count == 0)
            return;
        if (!_isConsoleHost)
            ShowRareProgress(active, pending, total);
        else if (_hasConsole)
            ShowProgress(active, pending, total);
        else
            ShowLine(active, pending, total);
    }

    /// <summary>Says what is remarkable about a piece of work, as warnings.</summary>
    public void Tell(FetchActivity activity)
    {
        while (activity.TakeRemark() is { } remark)
            cmdlet.WriteWarning(remark);
    }

    // A job keeps all its progress records.
    private void ShowRareProgress(List<FetchWork> active, IReadOnlyCollection<FetchWork> pending, int total)
    {
        if (_clock.Elapsed < _nextLine)
            return;
        _nextLine = _clock.Elapsed + QuietInLogs;
        ShowProgress(active, pending, total);
    }

    private void ShowProgress(List<FetchWork> active, IReadOnlyCollection<FetchWork> pending, int total)
    {
        _record ??= new ProgressRecord(Interlocked.Increment(ref _lastActivity), doing, "begins");
        _record.Activity = total == 1 ? $"{doing} {Name(active[0])}" : Message.Of(Key.ReasonDoingAddresses, doing, total);
        _record.StatusDescription = Describe(active, pending, total);
        if (total == 1)
            _record.PercentComplete = active[0].Activity is { Total: { } bytes and > 0 } a ? (int)(100 * Math.Min(a.Done, bytes) / bytes) : -1;
        else
            _record.PercentComplete = 100 * (total - pending.Count(w => !w.IsDone)) / total;
        cmdlet.WriteProgress(_record);
    }

    private void ShowLine(List<FetchWork> active, IReadOnlyCollection<FetchWork> pending, int total)
    {
        bool isWaiting = active.Exists(w => w.Activity.Wait is not null);
        // In the fleet one process of this machine waits, so it tells.
        if (total == 1 && active[0].Activity.Awaited is { } awaited)
        {
            _waitedUntil = _clock.Elapsed;
            ShowWait(active[0], awaited);
            return;
        }

        // Whoever has waited for long has not worked for long: mostly nothing is left to do.
        if (!isWaiting && _nextLine < _waitedUntil + QuietInLogs)
            _nextLine = _waitedUntil + QuietInLogs;
        if (_clock.Elapsed < _nextLine)
            return;
        _nextLine = _clock.Elapsed + LinePeriod;
        string what = total == 1 ? Name(active[0]) : Message.Of(Key.ReasonAddresses, total);
        WriteLine(what, Describe(active, pending, total));
    }

    private void WriteLine(string what, string state) => TerminalKind.WriteLine($"{doing} {what}: {state}");

    private void ShowWait(FetchWork work, LockTarget awaited)
    {
        if (!ReferenceEquals(awaited, _awaited))
        {
            _teller?.Dispose();
            (_awaited, _teller, _nextLook) = (awaited, new WaitTeller(awaited, descriptor: 2), TimeSpan.Zero);
        }

        if (_clock.Elapsed < _nextLook)
            return;
        _nextLook = _clock.Elapsed + WaitTeller.LookPeriod;
        _teller!.TellIfDue(
            () => work.Activity.FindAwaited() is { Count: > 0 } holders ? holders[0] : null,
            () => work.IsDone || !work.Activity.StillWaits(awaited),
            holder =>
            {
                _nextLine = _clock.Elapsed + LinePeriod;
                WriteLine(Name(work), DescribeWait(holder));
            });
    }

    private string Describe(List<FetchWork> active, IReadOnlyCollection<FetchWork> pending, int total)
    {
        if (total == 1)
            return Describe(active[0]);
        long done = pending.Sum(w => w.Activity.Done);
        FetchWork first = active[0];
        return Message.Of(
            Key.ReasonDoneUnderWay, total - pending.Count(w => !w.IsDone), active.Count, ByteCount.Describe(done), Name(first),
            Describe(first));
    }

    private string Describe(FetchWork work)
    {
        if (work.Activity.Wait is null)
            return work.Activity.Describe();
        return DescribeWait(work.Activity.FindAwaited() is { Count: > 0 } holders ? holders[0] : null);
    }

    // What matters comes first, as a progress bar has little room.
    private string DescribeWait(LockHolder? holder) => holder is null
        ? Message.Of(Key.ReasonAnotherProcessIsAtItWaited, Durations.Describe(_clock.Elapsed))
        : Message.Of(Key.ReasonDoingAndWaited, Leader(holder), holder.Progress ?? "begins", Durations.Describe(_clock.Elapsed));

    private static string Leader(LockHolder holder)
    {
        string text = holder.ProcessId is { } id ? $"PID {id}" : Message.Of(Key.ReasonProcessThatCannotBeSeenFrom);
        if (!string.IsNullOrEmpty(holder.User) && holder.User != Environment.UserName)
            text += Message.Of(Key.ReasonUser, holder.User);
        return string.IsNullOrEmpty(holder.Host) ? text : Message.Of(Key.ReasonOn, text, holder.Host);
    }

    // The last part is what tells addresses apart, and it never holds a login.
    private static string Name(FetchWork work)
    {
        string text = work.Address;
        int query = text.IndexOfAny(['?', '#']);
        if (query >= 0)
            text = text.Substring(0, query);
        text = text.TrimEnd('/');
        return text.Substring(text.LastIndexOfAny(['/', '@']) + 1);
    }

    /// <summary>It is over: the progress bar goes away.</summary>
    public void Complete()
    {
        Dispose();
        if (_record is null)
            return;
        _record.RecordType = ProgressRecordType.Completed;
        cmdlet.WriteProgress(_record);
        _record = null;
    }

    /// <summary>It waits no more, however that has ended: others of the job may tell in its place.</summary>
    public void Dispose()
    {
        _teller?.Dispose();
        _teller = null;
        _awaited = null;
    }
}
