using System;
using System.Collections.Generic;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>
/// Which team has which names, on one machine or in a fleet: first come, first served. A name covers those below it as well, as
/// far as no longer one is registered. Every kind passes the same tests (<c>NameContract</c>).
/// </summary>
public abstract class LockNames
{
    private const int LongestOwner = 100;
    private const int LongestPurpose = 500;

    /// <summary>True if locks and claims must have a registered name.</summary>
    public abstract bool IsStrict { get; }

    /// <summary>Registers a name for a team; again by the same team, it changes what was said of it.</summary>
    /// <param name="name">A lock name. It covers the names below it as well, as far as no longer one is registered.</param>
    /// <param name="owner">The team; letters' case is of no account.</param>
    /// <param name="purpose">What it is for.</param>
    /// <param name="longestHold">Longer holds are told to those who wait.</param>
    /// <exception cref="LockException"><see cref="LockError.LockNameTaken"/>: it is another team's;
    /// <see cref="LockError.LockNameInvalid"/>, <see cref="LockError.LockRegistrationInvalid"/>, or the files' errors.</exception>
    public RegisteredName Register(string name, string owner, string? purpose = null, TimeSpan? longestHold = null)
    {
        LockName parsed = LockName.Parse(name);
        return Put(parsed, new RegisteredName
        {
            Namespace = parsed.Text,
            Owner = Checked(parsed.Text, "owner", owner, LongestOwner) ?? throw LockFailures.RegistrationInvalid(parsed.Text,
                Message.Of(Key.ReasonOwnerIsEmpty)),
            Purpose = Checked(parsed.Text, "purpose", purpose, LongestPurpose),
            LongestHold = longestHold is { } longest && longest <= TimeSpan.Zero
                ? throw LockFailures.RegistrationInvalid(parsed.Text, Message.Of(Key.ReasonLongestHoldMustBeMoreThan))
                : longestHold,
            RegisteredBy = $"{UserNames.Current}@{Environment.MachineName}",
            Since = DateTimeOffset.Now,
        });
    }

    /// <summary>Gives a name up.</summary>
    /// <param name="name">The registered name itself, not one below it.</param>
    /// <param name="owner">Whose it is; null is nobody's.</param>
    /// <param name="force">Even if it is another team's.</param>
    /// <exception cref="LockException"><see cref="LockError.LockNameUnknown"/>, <see cref="LockError.LockNameTaken"/></exception>
    public RegisteredName Unregister(string name, string? owner, bool force = false) => Take(LockName.Parse(name), owner, force);

    /// <summary>The registration that covers a name: the longest that is the name, or that it begins with, up to a dot.</summary>
    public RegisteredName? Find(string name) => Covering(LockName.Parse(name).Encoded);

    /// <summary>Everything that is registered, by name.</summary>
    public abstract IReadOnlyList<RegisteredName> All();

    /// <summary>
    /// Refuses names that nobody has registered, or does so no longer. A process that has used a lock before keeps it; every
    /// other one asks.
    /// </summary>
    /// <exception cref="LockException"><see cref="LockError.LockAccessDenied"/>: a shared root is another user's.</exception>
    public abstract void SetStrict(bool isStrict);

    /// <summary>Writes it down, if it is nobody's or the same team's.</summary>
    protected abstract RegisteredName Put(LockName name, RegisteredName wanted);

    /// <summary>Removes it, if it is that team's.</summary>
    protected abstract RegisteredName Take(LockName name, string? owner, bool force);

    /// <summary>The longest that is the name in its encoded form, or that it begins with, up to a dot.</summary>
    protected abstract RegisteredName? Covering(string encoded);

    /// <summary>The name itself and those above it, the longest first.</summary>
    internal static IEnumerable<string> Chain(string encoded)
    {
        for (; ; )
        {
            yield return encoded;
            int dot = encoded.LastIndexOf('.');
            if (dot <= 0)
                yield break;
            encoded = encoded.Substring(0, dot);
        }
    }

    /// <summary>The team's own, or another's?</summary>
    internal static bool IsSame(string owner, string other) => string.Equals(owner, other, StringComparison.OrdinalIgnoreCase);

    private static string? Checked(string name, string what, string? text, int longest)
    {
        if (string.IsNullOrWhiteSpace(text))
            return null;
        string trimmed = text!.Trim();
        foreach (char c in trimmed)
        {
            if (char.IsControl(c))
                throw LockFailures.RegistrationInvalid(name, Message.Of(Key.ReasonItsContainsControlCharacter, what));
        }

        return trimmed.Length <= longest
            ? trimmed
            : throw LockFailures.RegistrationInvalid(name, Message.Of(Key.ReasonItsIsLongerThanCharacters, what, longest));
    }
}
