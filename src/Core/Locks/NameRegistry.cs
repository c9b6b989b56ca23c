using System;
using System.Collections.Generic;
using System.IO;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>
/// Which team has which names below a root: a file for each in its folder <c>registry</c>, there whole or not at all.
/// Of several that register the same name at once one wins, and the others are told whose it is.
/// </summary>
/// <remarks>
/// It is an agreement between teams, not a right: whoever may write the root may force it. Taking a lock reads nothing
/// of it, but for one look whether the root is strict when a process opens a lock file for the first time.
/// </remarks>
public sealed class NameRegistry : LockNames
{
    private const string Folder = "registry";
    private const string RecordSuffix = ".json";

    // No record's name: those end in .json.
    private const string StrictMark = "strict";
    private const string LockName = OwnLocks.Names;
    private const int LongestRecord = 16 * 1024;

    // Whoever holds the lock writes one small file.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly LockRoot _root;
    private readonly string _directory;

    private NameRegistry(LockRoot root) => (_root, _directory) = (root, DirectoryOf(root));

    /// <summary>The registry of a root. Nothing is created before something is registered.</summary>
    public static NameRegistry Of(LockRoot root) => new(root ?? throw new ArgumentNullException(nameof(root)));

    private uint FileMode => _root.IsShared ? FileSystem.ReadableFile : FileSystem.PrivateFile;

    private string StrictFile => Path.Combine(_directory, StrictMark);

    /// <summary>True if locks and claims of the root must have a registered name.</summary>
    public override bool IsStrict => IsStrictRoot(_root);

    /// <inheritdoc/>
    protected override RegisteredName Put(LockName name, RegisteredName wanted) => Change(name.Text, () =>
    {
        if (TryCreate(FileOf(name.Encoded), wanted))
            return wanted;
        if (Read(FileOf(name.Encoded)) is { } registered)
        {
            if (!IsSame(registered.Owner, wanted.Owner))
                throw LockFailures.NameTaken(registered);
            wanted = wanted with { Since = registered.Since };
        }

        FileSystem.WriteAtomically(FileOf(name.Encoded), wanted.ToJson(), FileMode, isDurable: true);
        return wanted;
    });

    /// <inheritdoc/>
    protected override RegisteredName Take(LockName name, string? owner, bool force)
    {
        string file = FileOf(name.Encoded);
        if (!Directory.Exists(_directory))
            throw LockFailures.NameUnknown(name.Text);
        return Change(name.Text, () =>
        {
            RegisteredName registered = Read(file) ?? throw LockFailures.NameUnknown(name.Text);
            if (!force && !(owner is not null && IsSame(registered.Owner, owner.Trim())))
                throw LockFailures.NameTaken(registered);
            if (!FileSystem.TryDelete(file))
                throw new PlatformException(PlatformFault.AccessDenied, "unlink", file, Errno.AccessDenied);
            return registered;
        });
    }

    /// <inheritdoc/>
    protected override RegisteredName? Covering(string encoded)
    {
        if (!Directory.Exists(_directory))
            return null;
        foreach (string candidate in Chain(encoded))
        {
            if (Read(FileOf(candidate)) is { } registered)
                return registered;
        }

        return null;
    }

    /// <inheritdoc/>
    public override IReadOnlyList<RegisteredName> All()
    {
        var all = new List<RegisteredName>();
        if (!Directory.Exists(_directory))
            return all;
        foreach (string file in Directory.EnumerateFiles(_directory, "*" + RecordSuffix))
        {
            // The name in a record counts only if it is the file's own.
            if (Locks.LockName.TryDecode(Path.GetFileNameWithoutExtension(file)) is { } name
                && Read(file) is { } registered && name.IsCalled(registered.Namespace))
            {
                all.Add(registered);
            }
        }

        all.Sort((a, b) => string.CompareOrdinal(a.Namespace, b.Namespace));
        return all;
    }

    /// <inheritdoc/>
    public override void SetStrict(bool isStrict)
    {
        if (!isStrict && !FileSystem.Exists(new NativePath(StrictFile)))
            return;
        Change(_root.RootDirectory, () =>
        {
            if (_root.IsShared && !IsOwner())
                throw new PlatformException(PlatformFault.AccessDenied, "chown", _root.RootDirectory, Errno.AccessDenied);
            if (isStrict)
                FileSystem.WriteAtomically(StrictFile, [], FileMode, isDurable: true);
            else if (!FileSystem.TryDelete(StrictFile))
                throw new PlatformException(PlatformFault.AccessDenied, "unlink", StrictFile, Errno.AccessDenied);
            return true;
        });
    }

    /// <summary>Refuses a name that a strict root does not know.</summary>
    /// <exception cref="LockException"><see cref="LockError.LockNameUnregistered"/></exception>
    internal static void Demand(LockRoot root, string name)
    {
        if (IsStrictRoot(root) && Of(root).Find(name) is null)
            throw LockFailures.NameUnregistered(name, root.RootDirectory);
    }

    /// <summary>What to tell those who wait, if a lock is held for longer than its team has registered; else null.</summary>
    public static string? WarningFor(LockTarget target, IReadOnlyList<LockHolder> holders) =>
        TryFind(target ?? throw new ArgumentNullException(nameof(target)))?.Excess(holders);

    /// <summary>For messages that have something else to tell.</summary>
    internal static RegisteredName? TryFind(LockTarget target)
    {
        try
        {
            return target is { IsNamed: true, IsForOwnUse: false, Root: { } root } ? Of(root).Find(target.Display) : null;
        }
        catch (Exception e) when (e is LockException or IOException or UnauthorizedAccessException or PlatformException)
        {
            return null;
        }
    }

    private static bool IsStrictRoot(LockRoot root)
    {
        if (!FileSystem.TryGetFacts(root.StrictMark, out FileFacts mark))
            return false;
        // In a shared root everybody may put a file there; what binds all is said by whoever the root belongs to.
        return !root.IsShared || mark.OwnerId == 0
            || FileSystem.TryGetFacts(root.RootDirectory, out FileFacts facts) && mark.OwnerId == facts.OwnerId;
    }

    internal static string DirectoryOf(LockRoot root) => Path.Combine(root.RootDirectory, Folder);

    internal static string StrictMarkOf(string rootDirectory) => Path.Combine(rootDirectory, Folder, StrictMark);

    private bool IsOwner() =>
        Libc.EffectiveUserId() is uint id && (id == 0 || FileSystem.TryGetFacts(_root.RootDirectory, out FileFacts facts) && facts.OwnerId == id);

    /// <summary>One change at a time, so that what was read is still so when it is written.</summary>
    private T Change<T>(string target, Func<T> change)
    {
        LockTarget guard = LockTarget.ForOwnUse(_root, LockName, Message.Of(Key.ReasonRegistryOfNames));
        using LockLease lease = FileLock.Acquire(new LockRequest(guard) { Timeout = Patience, Reason = Message.Of(Key.ReasonRegisteringName) });
        try
        {
            _root.PrepareFolder(_directory);
            return change();
        }
        catch (PlatformException e)
        {
            throw LockFailures.FromPlatform(target, e);
        }
    }

    /// <summary>A link and not a rename: it is first come, first served even where locks do not lock.</summary>
    private bool TryCreate(string file, RegisteredName name)
    {
        // Not after the name, which may be as long as the file system allows.
        string temporary = Path.Combine(_directory, $"{Guid.NewGuid():N}.new");
        FileSystem.WriteAtomically(temporary, name.ToJson(), FileMode, isDurable: true);
        try
        {
            if (!Publishing.TryLink(temporary, file))
                return false;
        }
        finally
        {
            FileSystem.TryDelete(temporary);
        }

        Publishing.Sync(_directory);
        return true;
    }

    private string FileOf(string encoded) => Path.Combine(_directory, encoded + RecordSuffix);

    private static RegisteredName? Read(string file) =>
        FileSystem.TryReadSmall(file, LongestRecord) is { } content ? RegisteredName.TryParse(content) : null;
}
