using System;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>
/// Sees to it that of many processes of one job that wait for the same lock one tells so in the log, once a minute; if that one
/// is killed, another one does.
/// </summary>
/// <remarks>
/// No lock is needed: the teller is whoever made the file of its generation, which link(2) lets only one do. A teller that is gone,
/// or has said nothing for two minutes, is followed by the next generation. Where no file can be made everybody tells.
/// </remarks>
public sealed class WaitTeller : IDisposable
{
    /// <summary>How often those who are no tellers should ask.</summary>
    public static readonly TimeSpan LookPeriod = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Forgotten = TimeSpan.FromHours(1);
    private static readonly TimeSpan LongestTelling = TimeSpan.FromSeconds(2);

    private static long _lastInstance;

    private readonly LockTarget _awaited;
    private readonly bool _isOfFleet;
    private readonly string _key;
    // Null: there is no directory to agree in, so everybody tells.
    private readonly LockRoot? _root;
    private readonly long _instance = Interlocked.Increment(ref _lastInstance);
    private readonly object _sync = new();
    private long _generation;
    private TellerRecord? _seen;
    private DateTime _toldAlone;
    private bool _isOwed;
    private volatile bool _isOver;

    /// <param name="awaited">What is waited for.</param>
    /// <param name="descriptor">Where this process tells: 1 for standard output, 2 for standard error.</param>
    /// <param name="fleet">The coordinator's place, if it is a fleet's lock.</param>
    public WaitTeller(LockTarget awaited, int descriptor, string? fleet = null)
    {
        _awaited = awaited ?? throw new ArgumentNullException(nameof(awaited));
        _isOfFleet = fleet is not null;
        _root = awaited.Root ?? TryDefaultRoot();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{fleet}\n{awaited.LockFile}\n{JobLog.Identity(descriptor)}"));
        byte[] digest = hash.GetHashAndReset();
        _key = BitConverter.ToString(digest, 0, 12).Replace("-", string.Empty);
    }

    /// <summary>Is it for this process to tell, now? True once a minute for the teller; nobody else is told so.</summary>
    public bool IsDue()
    {
        lock (_sync)
        {
            if (_isOver)
                return false;
            try
            {
                return _root is null ? AskNobody() : Ask();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlatformException or LockException)
            {
                // No directory of ours, no space: telling too often is better than not at all.
                return AskNobody();
            }
        }
    }

    /// <summary>
    /// Tells whom the wait is for (from one thread at a time), if it is for this process to tell, now. A timer may fire late, and looking for the holder takes
    /// time: the wait may be over by then. So that is looked at last, and nothing is told after <see cref="Dispose"/> has returned.
    /// </summary>
    /// <param name="find">Looks whom; null if nobody can be seen.</param>
    /// <param name="isOver">Has the wait ended?</param>
    /// <param name="tell">Tells; gets null if nobody could be seen twice. Once may mean that the lock is changing hands.</param>
    public void TellIfDue<T>(Func<T?> find, Func<bool> isOver, Action<T?> tell)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(find);
        ArgumentNullException.ThrowIfNull(isOver);
        ArgumentNullException.ThrowIfNull(tell);
        if (_isOver || isOver() || !(_isOwed || IsDue()))
            return;
        // A slow server may be asked: that must not hold up the end of the wait.
        T? seen = find();
        lock (_sync)
        {
            _isOwed = seen is null && !_isOwed;
            if (!_isOwed && !_isOver && !isOver())
                tell(seen);
        }
    }

    // A lock by file needs no root, and a wait for it must not fail because there is none that can be used.
    private static LockRoot? TryDefaultRoot()
    {
        try
        {
            return LockRoot.Default();
        }
        catch (LockException)
        {
            return null;
        }
    }

    private bool AskNobody()
    {
        bool isDue = DateTime.UtcNow - _toldAlone >= Period;
        if (isDue)
            _toldAlone = DateTime.UtcNow;
        return isDue;
    }

    private string Folder => _root!.WaitsDirectory;

    private uint Mode => _root!.IsShared ? 0x1a4u : 0x180u; // 0644 or 0600

    private bool Ask()
    {
        if (!Directory.Exists(Folder))
            _root!.Prepare();
        long newest = TellerRecord.Newest(Folder, _key);
        // Whoever leaves last removes the record. One that the kernel has just let through to the lock cannot be seen waiting,
        // but knows that it was told.
        if (newest == 0)
            return !(_seen?.ToldAgo < Period) && Claim(1);
        if (newest == _generation)
        {
            if (TellerRecord.TryRead(FileOf(newest)) is { } own && own.ToldAgo < Period)
                return false;
            Record(hasLeft: false).Write(FileOf(newest), Mode);
            return true;
        }

        TellerRecord? teller = TellerRecord.TryRead(FileOf(newest));
        _seen = teller ?? _seen;
        bool isVacant = teller is null
            || teller.ToldAgo >= Period + Period
            || (teller.HasLeft ? teller.ToldAgo >= Period : teller.Process.IsGone);
        return isVacant && Claim(newest + 1);
    }

    private bool Claim(long generation)
    {
        string temporary = Path.Combine(Folder, $"{_key}-{ProcessIdentity.Current.FileKey}-{_instance}.tmp");
        Record(hasLeft: false).Write(temporary, Mode);
        bool isMine = Publishing.TryLink(temporary, FileOf(generation));
        FileSystem.TryDelete(temporary);
        if (!isMine)
            return false;
        // Others may have come, told and gone between the look and the link.
        if (TellerRecord.Newest(Folder, _key) > generation)
        {
            FileSystem.TryDelete(FileOf(generation));
            return false;
        }

        _generation = generation;
        FileSystem.TryDelete(FileOf(generation - 1));
        Sweep();
        return true;
    }

    // Of jobs that were killed as a whole nobody is left to remove theirs.
    private void Sweep()
    {
        foreach (string file in Directory.EnumerateFiles(Folder, "*" + TellerRecord.Suffix))
        {
            if (DateTime.UtcNow - File.GetLastWriteTimeUtc(file) > Forgotten)
                FileSystem.TryDelete(file);
        }
    }

    private TellerRecord Record(bool hasLeft, long? told = null) =>
        new(ProcessIdentity.Current, _instance, told ?? DateTime.UtcNow.Ticks, hasLeft);

    private string FileOf(long generation) => TellerRecord.FileOf(Folder, _key, generation);

    /// <summary>The wait is over. Others who still wait need not be told again before the minute is over.</summary>
    public void Dispose()
    {
        if (_isOver)
            return;
        _isOver = true;
        // A log that takes nothing holds up the line that is being told; it must not hold up whoever has the lock now.
        if (!Monitor.TryEnter(_sync, LongestTelling))
            return;
        try
        {
            try
            {
                // Also who has never asked may be the last one of all.
                if (_root is not null && Directory.Exists(Folder))
                    Leave();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlatformException)
            {
                // Then the others see that this process is gone, or that it says nothing.
            }
        }
        finally
        {
            Monitor.Exit(_sync);
        }
    }

    private void Leave()
    {
        long newest = TellerRecord.Newest(Folder, _key);
        string file = FileOf(newest);
        if (newest == 0 || TellerRecord.TryRead(file) is not { } teller || newest != _generation && !teller.HasLeft)
            return;
        if (!_isOfFleet && LockInspector.TryInspect(_awaited) is { } status && !HasOtherWaiters(status))
            FileSystem.TryDelete(file);
        else if (newest == _generation)
            Record(hasLeft: true, teller.ToldUtcTicks).Write(file, Mode);
    }

    private static bool HasOtherWaiters(LockStatus status)
    {
        foreach (LockWaiter waiter in status.Waiters)
        {
            if (waiter.ProcessId != ProcessIdentity.Current.ProcessId)
                return true;
        }

        return false;
    }
}
