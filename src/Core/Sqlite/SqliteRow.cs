using System;
using System.Collections;
using System.Collections.Generic;
using ProcessDedup.Messages;

namespace ProcessDedup.Sqlite;

/// <summary>One row of an answer: values are long, double, string, byte[] or null, as SQLite keeps them.</summary>
public sealed class SqliteRow : IReadOnlyList<object?>
{
    private readonly object?[] _values;

    internal SqliteRow(IReadOnlyList<string> names, object?[] values) => (Names, _values) = (names, values);

    /// <summary>The columns' names, in order; two may be the same.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <inheritdoc/>
    public int Count => _values.Length;

    /// <inheritdoc/>
    public object? this[int index] => _values[index];

    /// <summary>The value of the first column of that name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public object? this[string name]
    {
        get
        {
            for (int i = 0; i < Names.Count; i++)
            {
                if (string.Equals(Names[i], name, StringComparison.OrdinalIgnoreCase))
                    return _values[i];
            }

            throw new KeyNotFoundException(Message.Of(Key.MisuseRowHasNoColumnBut, name, string.Join(", ", Names)));
        }
    }

    /// <inheritdoc/>
    public IEnumerator<object?> GetEnumerator() => ((IEnumerable<object?>)_values).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _values.GetEnumerator();
}
