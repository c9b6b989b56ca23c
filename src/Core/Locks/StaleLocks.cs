using System;
using System.Collections.Generic;
using System.IO;
using System.Text.RegularExpressions;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>What became of a lock that was to be cleared.</summary>
public enum ClearOutcome
{
    /// <summary>Its files were removed.</summary>
    Cleared,

    /// <summary>It would be removed; nothing was touched.</summary>
    WouldClear,

    /// <summary>Somebody holds it or waits for it: left alone, whatever its age.</summary>
    InUse,

    /// <summary>It is younger than asked for.</summary>
    TooYoung,

    /// <summary>It was gone already.</summary>
    Gone,

    /// <summary>The file has content, so it is more than a lock: left alone.</summary>
    NotEmpty,

    /// <summary>It could not be removed; see the reason.</summary>
    Failed,
}

/// <summary>One lock that was looked at by <see cref="StaleLocks"/>.</summary>
/// <param name="Name">The lock's name or path.</param>
/// <param name="LockFile">Its file.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="AgeSec">Seconds since it was made, or last held for longer than a moment; never negative.</param>
/// <param name="Reason">Why it was left, for people; null if it was cleared.</param>
public sealed record ClearedLock(string Name, string LockFile, ClearOutcome Outcome, double AgeSec, string? Reason);

/// <summary>
/// Removes the files of locks that nobody uses. They do no harm, but a cache with a key per download gathers many.
/// </summary>
/// <remarks>
/// Age is a filter, never a proof: a job may hold a lock for days, and a laptop may sleep (restic #2452). A file is
/// removed only while this process itself holds its lock, looked up again after the grant. Those who opened the file
/// before see afterwards that their path leads elsewhere, and Nix sees a byte in it; both open it anew.
/// </remarks>
public static class StaleLocks
{
    /// <summary>The age below which locks are left, unless said otherwise.</summary>
    public static readonly TimeSpan DefaultAge = TimeSpan.FromHours(24);

    // Exactly what LockFiles names, and their temporary files: "x.lock.owner.lock" is the lock "x.lock.owner" itself.
    private static readonly Regex Sidecar = new(
        @"^\.(gate|slots|owner(-\d+-\d+(-\d+-\d+)?)?|slot-\d+(\.owner)?)(\.[0-9a-f]{32}\.tmp)?\z", RegexOptions.CultureInvariant);

    /// <summary>Every lock below a root of which any file is left.</summary>
    public static IReadOnlyList<LockTarget> Candidates(LockRoot root)
    {
        ArgumentNullException.ThrowIfNull(root);
        var targets = new List<LockTarget>(root.ExistingLocks());
        if (!Directory.Exists(root.LocksDirectory))
            return targets;
        // A crash between the removals leaves a gate or a record without its lock.
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (LockTarget target in targets)
            known.Add(target.LockFile);
        foreach (string file in Directory.EnumerateFiles(root.LocksDirectory, "*" + LockRoot.LockSuffix + ".*"))
        {
            // The pattern also matches "x.lock", as on DOS.
            int end = file.LastIndexOf(LockRoot.LockSuffix + ".", StringComparison.Ordinal);
            if (end < 0)
                continue;
            string encoded = Path.GetFileName(file.Substring(0, end));
            if (LockName.TryDecode(encoded) is { } name && known.Add(string.Concat(file.AsSpan(0, end), LockRoot.LockSuffix)))
                targets.Add(LockTarget.FromName(root, name.Text));
        }

        return targets;
    }

    /// <summary>Says what <see cref="Clear"/> would do, from the kernel's tables alone.</summary>
    public static ClearedLock Preview(LockTarget target, TimeSpan olderThan)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (Files(target).Count == 0)
            return Result(target, ClearOutcome.Gone, TimeSpan.Zero, Message.Of(Key.ReasonHasNoFiles));
        LockStatus status = LockInspector.Inspect(target);
        TimeSpan age = AgeOf(target);
        if (status.State != LockState.Free || status.Waiters.Count > 0)
            return InUse(target, age, status);
        return age < olderThan ? TooYoung(target, age)
            : HasContent(target) ? NotEmpty(target, age)
            : Result(target, ClearOutcome.WouldClear, age, null);
    }

    /// <summary>Removes the files of one lock if nobody uses it and it is old enough.</summary>
    /// <param name="target">The lock.</param>
    /// <param name="olderThan">Younger ones are left.</param>
    /// <param name="mayClear">Asked once it is certain that the lock would be cleared; false leaves it as <see cref="ClearOutcome.WouldClear"/>.</param>
    public static ClearedLock Clear(LockTarget target, TimeSpan olderThan, Func<bool>? mayClear = null)
    {
        ArgumentNullException.ThrowIfNull(target);
        try
        {
            // The module asks its user in between, so that it has to look first; and every front decides alike.
            ClearedLock preview = Preview(target, olderThan);
            if (preview.Outcome != ClearOutcome.WouldClear || mayClear?.Invoke() == false)
                return preview;
            return ClearWithoutLook(target, olderThan);
        }
        catch (Exception e) when (e is PlatformException or LockException or IOException or UnauthorizedAccessException)
        {
            return Result(target, ClearOutcome.Failed, TimeSpan.Zero, e.Message);
        }
    }

    /// <summary>
    /// What makes clearing safe, without the look before it: a lock in use is seldom free at both moments, and so the look would keep
    /// the race from those who test it.
    /// </summary>
    internal static ClearedLock ClearWithoutLook(LockTarget target, TimeSpan olderThan)
    {
        if (Files(target).Count == 0)
            return Result(target, ClearOutcome.Gone, TimeSpan.Zero, Message.Of(Key.ReasonHasNoFiles));
        TimeSpan age = AgeOf(target);
        return age < olderThan ? TooYoung(target, age) : ClearIfUnused(target, age);
    }

    private static ClearedLock ClearIfUnused(LockTarget target, TimeSpan age)
    {
        LockOpening opening = LockAttempt.Opening(target);
        using LockHandle main = LockHandle.Open(target.Files.Lock, opening);
        if (!main.TryLock(KernelLock.Exclusive))
            return InUse(target, age, LockInspector.TryInspect(target));
        try
        {
            if (!main.IsCurrent())
                return Result(target, ClearOutcome.InUse, age, Message.Of(Key.ReasonReplacedJustNow));
            if (HasContent(target))
                return NotEmpty(target, age);
            return RemoveWhileHeld(target, main, opening, age);
        }
        finally
        {
            main.Unlock();
        }
    }

    private static ClearedLock RemoveWhileHeld(LockTarget target, LockHandle main, LockOpening opening, TimeSpan age)
    {
        LockHandle? gate = FileSystem.Exists(target.Files.Gate)
            ? LockHandle.Open(target.Files.Gate, opening with { Create = false })
            : null;
        try
        {
            // Somebody at the gate is about to take the lock: leave everything as it is.
            if (gate is not null && !gate.TryLock(KernelLock.Exclusive))
                return InUse(target, age, LockInspector.TryInspect(target));

            // The lock file goes last. As long as it stands and is held here, nobody can be in a slot; once it is
            // gone, others may already use a new one with new slots, which must not be removed.
            foreach (string file in Files(target))
            {
                if (file != target.LockFile && file != target.Files.Gate.Text)
                    FileSystem.TryDelete(file);
            }

            if (gate is not null && gate.IsCurrent())
                gate.UnlinkWhileHeld();
            main.UnlinkWhileHeld();
            return Result(target, ClearOutcome.Cleared, age, null);
        }
        finally
        {
            gate?.Unlock();
            gate?.Dispose();
        }
    }

    /// <summary>The lock file and all that stands beside it.</summary>
    private static List<string> Files(LockTarget target)
    {
        string directory = Path.GetDirectoryName(target.LockFile)!;
        var files = new List<string>();
        if (!Directory.Exists(directory))
            return files;
        string name = Path.GetFileName(target.LockFile);
        // Not by pattern: a name may hold the characters that patterns give a meaning.
        foreach (string file in Directory.EnumerateFiles(directory))
        {
            string other = Path.GetFileName(file);
            if (other == name || (other.StartsWith(name + ".", StringComparison.Ordinal)
                && IsSidecar(other.Substring(name.Length)) && (target.IsNamed || IsOurs(target.Files, file))))
            {
                files.Add(file);
            }
        }

        return files;
    }

    private static bool IsSidecar(string suffix) => Sidecar.IsMatch(suffix);

    // Beside a file of the user's choice "x.owner" may be anything.
    private static bool IsOurs(LockFiles files, string file)
    {
        if (!FileSystem.TryGetFacts(file, out FileFacts facts) || facts.Type != FileType.Regular)
            return false;
        return facts.Size == 0
            || (file == files.SlotCount && SlotFiles.TryReadCount(files) is not null)
            || OwnerRecord.TryRead(file) is not null;
    }

    private static TimeSpan AgeOf(LockTarget target)
    {
        long newest = 0;
        foreach (string file in Files(target))
        {
            if (FileSystem.TryGetFacts(file, out FileFacts facts))
                newest = Math.Max(newest, facts.ModifiedUnixSeconds);
        }

        // A clock that was set back makes files of the future: as young as can be.
        double seconds = Math.Max(0, DateTimeOffset.UtcNow.ToUnixTimeSeconds() - newest);
        return TimeSpan.FromSeconds(seconds);
    }

    private static ClearedLock InUse(LockTarget target, TimeSpan age, LockStatus? status) => Result(
        target, ClearOutcome.InUse, age,
        status is { Holders.Count: > 0 } ? Message.Of(Key.ReasonItIsHeldBy, status.Holders[0].Describe())
        : status is { Waiters.Count: > 0 } ? Message.Of(Key.ReasonSomebodyWaitsForIt, status.Waiters[0])
        : Message.Of(Key.ReasonHeld));

    private static bool HasContent(LockTarget target) =>
        FileSystem.TryGetFacts(target.LockFile, out FileFacts facts) && facts.Size > 0;

    private static ClearedLock NotEmpty(LockTarget target, TimeSpan age) =>
        Result(target, ClearOutcome.NotEmpty, age, Message.Of(Key.ReasonFileHasContentSoItIs));

    private static ClearedLock TooYoung(LockTarget target, TimeSpan age) =>
        Result(target, ClearOutcome.TooYoung, age, Message.Of(Key.ReasonOnlyOld, Durations.Describe(age)));

    private static ClearedLock Result(LockTarget target, ClearOutcome outcome, TimeSpan age, string? reason) =>
        new(target.Display, target.LockFile, outcome, Durations.Seconds(age), reason);
}
