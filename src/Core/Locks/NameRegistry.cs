using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
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
public sealed class NameRegistry
{
    private const string Folder = "registry";
    private const string RecordSuffix = ".json";

    // No record's name: those end in .json.
    private const string StrictMark = "strict";
    private const string LockName = "lock-names";
    private const int LongestRecord = 16 * 1024;
    private const int LongestOwner = 100;
    private const int LongestPurpose = 500;

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
    public bool IsStrict => IsStrictRoot(_root);

    /// <summary>Registers a name for a team; again by the same team, it changes what was said of it.</summary>
    /// <param name="name">A lock name. It covers the names below it as well, as far as no longer one is registered.</param>
    /// <param name="owner">The team; letters' case is of no account.</param>
    /// <param name="purpose">What it is for.</param>
    /// <param name="longestHold">Longer holds are told to those who wait.</param>
    /// <exception cref="LockException"><see cref="LockError.LockNameTaken"/>: it is another team's;
    /// <see cref="LockError.LockNameInvalid"/>, <see cref="LockError.LockRegistrationInvalid"/>, or the files' errors.</exception>
    public RegisteredName Register(string name, string owner, string? purpose = null, TimeSpan? longestHold = null)
    {
        LockName parsed = Locks.LockName.Parse(name);
        var wanted = new RegisteredName
        {
            Namespace = parsed.Text,
            Owner = Checked(parsed.Text, "owner", owner, LongestOwner) ?? throw LockFailures.RegistrationInvalid(parsed.Text, "its owner is empty"),
            Purpose = Checked(parsed.Text, "purpose", purpose, LongestPurpose),
            LongestHold = longestHold is { } longest && longest <= TimeSpan.Zero
                ? throw LockFailures.RegistrationInvalid(parsed.Text, "the longest hold must be more than zero seconds")
                : longestHold,
            RegisteredBy = $"{UserNames.Current}@{Environment.MachineName}",
            Since = DateTimeOffset.Now,
        };
        return Change(parsed.Text, () =>
        {
            if (TryCreate(FileOf(parsed.Encoded), wanted))
                return wanted;
            if (Read(FileOf(parsed.Encoded)) is { } registered)
            {
                if (!IsSame(registered.Owner, wanted.Owner))
                    throw LockFailures.NameTaken(registered);
                wanted = wanted with { Since = registered.Since };
            }

            FileSystem.WriteAtomically(FileOf(parsed.Encoded), wanted.ToJson(), FileMode, isDurable: true);
            return wanted;
        });
    }

    /// <summary>Gives a name up.</summary>
    /// <param name="name">The registered name itself, not one below it.</param>
    /// <param name="owner">Whose it is; null is nobody's.</param>
    /// <param name="force">Even if it is another team's.</param>
    /// <exception cref="LockException"><see cref="LockError.LockNameUnknown"/>, <see cref="LockError.LockNameTaken"/></exception>
    public RegisteredName Unregister(string name, string? owner, bool force = false)
    {
        LockName parsed = Locks.LockName.Parse(name);
        string file = FileOf(parsed.Encoded);
        if (!Directory.Exists(_directory))
            throw LockFailures.NameUnknown(parsed.Text);
        return Change(parsed.Text, () =>
        {
            RegisteredName registered = Read(file) ?? throw LockFailures.NameUnknown(parsed.Text);
            if (!force && !(owner is not null && IsSame(registered.Owner, owner.Trim())))
                throw LockFailures.NameTaken(registered);
            if (!FileSystem.TryDelete(file))
                throw new PlatformException(PlatformFault.AccessDenied, "unlink", file, Errno.AccessDenied);
            return registered;
        });
    }

    /// <summary>The registration that covers a name: the longest that is the name, or that it begins with, up to a dot.</summary>
    public RegisteredName? Find(string name)
    {
        string encoded = Locks.LockName.Parse(name).Encoded;
        if (!Directory.Exists(_directory))
            return null;
        for (; ; )
        {
            if (Read(FileOf(encoded)) is { } registered)
                return registered;
            int dot = encoded.LastIndexOf('.');
            if (dot <= 0)
                return null;
            encoded = encoded.Substring(0, dot);
        }
    }

    /// <summary>Everything that is registered, by name.</summary>
    public IReadOnlyList<RegisteredName> All()
    {
        var all = new List<RegisteredName>();
        if (!Directory.Exists(_directory))
            return all;
        foreach (string file in Directory.EnumerateFiles(_directory, "*" + RecordSuffix))
        {
            // The name in a record counts only if it is the file's own.
            if (Locks.LockName.TryDecode(Path.GetFileNameWithoutExtension(file)) is { } name
                && Read(file) is { } registered && registered.Namespace == name.Text)
            {
                all.Add(registered);
            }
        }

        all.Sort((a, b) => string.CompareOrdinal(a.Namespace, b.Namespace));
        return all;
    }

    /// <summary>
    /// Makes the root strict, or no longer so. A process that has used a lock before keeps it; every other one asks.
    /// </summary>
    /// <exception cref="LockException"><see cref="LockError.LockAccessDenied"/>: a shared root is another user's.</exception>
    public void SetStrict(bool isStrict)
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
        LockTarget guard = LockTarget.ForOwnUse(_root, LockName, "the registry of names");
        using LockLease lease = FileLock.Acquire(new LockRequest(guard) { Timeout = Patience, Reason = "registering a name" });
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

    private static bool IsSame(string owner, string other) => string.Equals(owner, other, StringComparison.OrdinalIgnoreCase);

    private static string? Checked(string name, string what, string? text, int longest)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        string trimmed = text!.Trim();
        foreach (char c in trimmed)
        {
            if (char.IsControl(c))
                throw LockFailures.RegistrationInvalid(name, $"its {what} contains a control character");
        }

        return trimmed.Length <= longest
            ? trimmed
            : throw LockFailures.RegistrationInvalid(name, string.Format(CultureInfo.InvariantCulture, "its {0} is longer than {1} characters", what, longest));
    }
}
