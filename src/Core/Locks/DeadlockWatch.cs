using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>
/// Looks from time to time whether a wait can end at all: not if an ancestor of this process holds the lock, nor if
/// holders wait for each other in a circle.
/// </summary>
internal sealed class DeadlockWatch : IDisposable
{
    // The one that should give way may be stopped or unable to see the circle; then whoever sees it gives way.
    private const int LooksBeforeGivingWay = 4;

    private readonly LockRequest _request;
    private readonly IReadOnlyList<LockLease> _held;
    private readonly AncestorLocks _ancestors;
    private readonly LockRoot? _root;
    private WaitRecord? _own;
    private IDisposable? _ownLock;
    private int _looks;

    public DeadlockWatch(LockTarget target, LockRequest request, IReadOnlyList<LockLease> held)
    {
        Target = target;
        _request = request;
        _held = held;
        _ancestors = new AncestorLocks(target.Files);
        _root = RootOf(target);
    }

    // A lock by path works without any root; then circles are not looked for.
    internal static LockRoot? RootOf(LockTarget target)
    {
        try
        {
            return target.Root ?? LockRoot.Default();
        }
        catch (LockException)
        {
            return null;
        }
    }

    public LockTarget Target { get; }

    /// <summary>Why the wait would never end; null as long as it may.</summary>
    public LockException? Look()
    {
        IReadOnlyList<AncestorLock> ancestors = _ancestors.Read();
        // What the ancestor does not wait for may wait for the ancestor; which of the two this is cannot be told from here, and a
        // request with a deadline ends in any case.
        if (_request.Timeout == TimeSpan.Zero && HeldByAncestor(ancestors) is { } holder)
            return LockFailures.Reentered(Target.Display,
                Message.Of(Key.ReasonParentOfThisProcessPid, holder.ToString(CultureInfo.InvariantCulture)));
        // Of several slots another holder may release one: such a wait is part of no circle, so that its record holds nothing.
        bool isForAnySlot = _request.Mode == LockMode.Slot && _request.Slots > 1;
        Publish(isForAnySlot ? [] : Held(ancestors));
        return isForAnySlot ? null : FindCycle();
    }

    private int? HeldByAncestor(IReadOnlyList<AncestorLock> ancestors)
    {
        var slots = new HashSet<string>(StringComparer.Ordinal);
        foreach (AncestorLock held in ancestors)
        {
            if (_request.Mode != LockMode.Slot && held.File == Target.LockFile)
                return held.ProcessId;
            if (_request.Mode == LockMode.Slot
                && held.File.StartsWith(Target.LockFile + LockFiles.SlotInfix, StringComparison.Ordinal)
                && slots.Add(held.File)
                && slots.Count == _request.Slots)
            {
                return held.ProcessId;
            }
        }

        return null;
    }

    private LockException? FindCycle()
    {
        if (_own is null)
            return null;
        _looks++;
        IReadOnlyList<WaitRecord>? cycle = WaitCycle.Find(_own, WaitRecord.ReadAll(_root!.WaitsDirectory));
        if (cycle is null || !(WaitCycle.IsVictim(_own, cycle) || _looks > LooksBeforeGivingWay))
            return null;
        string lastWanted = cycle[cycle.Count - 1].Wants.Path;
        return LockFailures.Cycle(Target.Display, Name(lastWanted), Describe(cycle));
    }

    private List<string> Held(IReadOnlyList<AncestorLock> ancestors)
    {
        var held = new List<string>();
        foreach (LockLease lease in _held)
        {
            if (!lease.IsReleased && lease.Target.LockFile != Target.LockFile)
                held.Add(lease.Target.LockFile);
        }

        foreach (AncestorLock above in ancestors)
        {
            if (above.File != Target.LockFile && !held.Contains(above.File))
                held.Add(above.File);
        }

        return held;
    }

    /// <summary>Writes down what is held, again whenever that has changed: an old record would make circles up.</summary>
    private void Publish(List<string> held)
    {
        // The kernel's table shows who waits; where there is none, the record does.
        if (_root is null || (held.Count == 0 && ProcLocks.IsAvailable))
        {
            Dispose();
            return;
        }

        if (_own is not null && held.SequenceEqual(_own.Holds.Select(file => file.Path)))
            return;
        List<LockedFile> files = held.ConvertAll(LockedFile.Of);
        _own = _own is null ? WaitRecord.ForThisProcess(LockedFile.Of(Target.LockFile), files) : _own with { Holds = files };
        _root.Prepare();
        IDisposable? before = _ownLock;
        _ownLock = _own.Write(_root.WaitsDirectory, _root.IsShared ? FileSystem.ReadableFile : FileSystem.PrivateFile);
        before?.Dispose();
    }

    private static string Describe(IReadOnlyList<WaitRecord> cycle)
    {
        var text = new StringBuilder();
        for (int i = 0; i < cycle.Count; i++)
        {
            // Each holds what the one before wants.
            string held = cycle[(i + cycle.Count - 1) % cycle.Count].Wants.Path;
            ProcessIdentity process = cycle[i].Process;
            text.Append(i == 0 ? string.Empty : ", ")
                .Append(Message.Of(
                    process.IsComparable ? Key.ReasonHoldsAndWants : Key.ReasonOtherContainerHoldsAndWants,
                    process.ProcessId, Name(held), Name(cycle[i].Wants.Path)));
        }

        return text.ToString();
    }

    private static string Name(string file)
    {
        string name = Path.GetFileName(file);
        return name.EndsWith(LockRoot.LockSuffix, StringComparison.Ordinal)
            && LockName.TryDecode(name.Substring(0, name.Length - LockRoot.LockSuffix.Length)) is { } lockName
                ? lockName.Text
                : file;
    }

    public void Dispose()
    {
        _own?.Delete(_root!.WaitsDirectory);
        _own = null;
        _ownLock?.Dispose();
        _ownLock = null;
    }
}
