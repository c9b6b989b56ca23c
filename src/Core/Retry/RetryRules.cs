using System;
using System.Collections.Generic;
using ProcessDedup.Messages;

namespace ProcessDedup.Retry;

/// <summary>Which errors are worth another attempt. Pure.</summary>
/// <remarks>
/// A rule is the name of a set of <see cref="KnownTransientErrors"/>, the name of an exception type, an error id, or a
/// part of the message. Types are compared by name, as they may come from another load context; the whole chain of
/// inner exceptions is looked at, as what happened is usually at its end.
/// </remarks>
public sealed class RetryRules
{
    private readonly List<string> _rules = [];

    /// <summary>Creates rules; none at all means that every error is worth another attempt.</summary>
    public RetryRules(IEnumerable<string>? rules)
    {
        foreach (string rule in rules ?? [])
        {
            if (string.IsNullOrWhiteSpace(rule))
                throw new ArgumentException(Message.Of(Key.RetryRuleInvalidCause), nameof(rules));
            if (KnownTransientErrors.Find(rule) is { } texts)
                _rules.AddRange(texts);
            else
                _rules.Add(rule);
        }
    }

    /// <summary>Is that error worth another attempt?</summary>
    /// <param name="error">What happened.</param>
    /// <param name="errorId">PowerShell's FullyQualifiedErrorId, if there is one.</param>
    /// <param name="text">What was shown of it, if that says more than the exception.</param>
    public bool Allow(Exception error, string? errorId = null, string? text = null)
    {
        ArgumentNullException.ThrowIfNull(error);
        if (_rules.Count == 0)
            return true;
        foreach (string rule in _rules)
        {
            if (MatchesId(rule, errorId) || Contains(text, rule) || MatchesChain(rule, error))
                return true;
        }

        return false;
    }

    private static bool MatchesChain(string rule, Exception error)
    {
        if (error is AggregateException several)
        {
            foreach (Exception inner in several.InnerExceptions)
            {
                if (MatchesChain(rule, inner))
                    return true;
            }
        }

        for (Exception? e = error; e is not null; e = e.InnerException)
        {
            Type type = e.GetType();
            if (Equal(type.Name, rule) || Equal(type.FullName, rule) || Contains(e.Message, rule))
                return true;
        }

        return false;
    }

    // "LockTimeout" means "LockTimeout,ProcessDedup.Cmdlets.InvokeWithFileLockCommand" too.
    private static bool MatchesId(string rule, string? id) =>
        id is not null && (Equal(id, rule) || id.StartsWith(rule + ",", StringComparison.OrdinalIgnoreCase));

    private static bool Equal(string? a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);

    private static bool Contains(string? text, string part) =>
        text is not null && text.Contains(part, StringComparison.OrdinalIgnoreCase);
}
