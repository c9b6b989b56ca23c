using System;
using System.Collections.Generic;

namespace ProcessDedup.Sqlite;

/// <summary>Values for the parameters of a statement: by name, or in order.</summary>
public sealed class SqliteParameters
{
    private readonly Dictionary<string, object?>? _named;
    private readonly IReadOnlyList<object?>? _ordered;

    private SqliteParameters(Dictionary<string, object?>? named, IReadOnlyList<object?>? ordered) =>
        (_named, _ordered) = (named, ordered);

    /// <summary>No values.</summary>
    public static SqliteParameters None { get; } = new(null, []);

    internal int Count => _named?.Count ?? _ordered!.Count;

    internal bool AreNamed => _named is not null;

    internal bool MayHaveMore { get; private init; }

    /// <summary>Values by name; the sign before the name (@, : or $) may be left out, and letters' case is of no account.</summary>
    /// <exception cref="SqliteException">Two names are the same: <see cref="SqliteError.SqliteParameterSurplus"/></exception>
    public static SqliteParameters Named(IEnumerable<KeyValuePair<string, object?>> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var named = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        foreach (KeyValuePair<string, object?> pair in values)
        {
            string name = Bare(pair.Key);
            if (named.ContainsKey(name))
                throw SqliteFailures.ParameterTwice(name);
            named.Add(name, pair.Value);
        }

        return new SqliteParameters(named, null);
    }

    /// <summary>The same of a row, which may have more than the statement names.</summary>
    /// <inheritdoc cref="Named"/>
    public static SqliteParameters Of(IEnumerable<KeyValuePair<string, object?>> row) => new(Named(row)._named, null) { MayHaveMore = true };

    /// <summary>Values for ?, ?, … in order.</summary>
    public static SqliteParameters Ordered(params object?[] values) =>
        new(null, values ?? throw new ArgumentNullException(nameof(values)));

    internal static string Bare(string name) =>
        name.Length > 0 && name[0] is '@' or ':' or '$' ? name.Substring(1) : name;

    /// <summary>The value of one parameter.</summary>
    /// <param name="name">Its name with its sign; null of a plain question mark.</param>
    /// <param name="index">From 1.</param>
    /// <param name="value">The value.</param>
    internal bool TryGet(string? name, int index, out object? value)
    {
        value = null;
        if (_named is not null)
            return name is not null && _named.TryGetValue(Bare(name), out value);
        if (index > _ordered!.Count)
            return false;
        value = _ordered[index - 1];
        return true;
    }

    internal IEnumerable<KeyValuePair<string, object?>> All()
    {
        if (_named is not null)
        {
            foreach (KeyValuePair<string, object?> pair in _named)
                yield return new KeyValuePair<string, object?>("@" + pair.Key, pair.Value);
            yield break;
        }

        for (int i = 0; i < _ordered!.Count; i++)
            yield return new KeyValuePair<string, object?>("?" + (i + 1).ToString(System.Globalization.CultureInfo.InvariantCulture), _ordered[i]);
    }
}
