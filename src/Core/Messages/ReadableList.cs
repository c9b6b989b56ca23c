using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;

namespace ProcessDedup.Messages;

/// <summary>A list whose text is its items, as <c>Export-Csv</c> writes the text of each property and not its items.</summary>
/// <typeparam name="T">What it lists; its <c>ToString</c> is for people.</typeparam>
public sealed class ReadableList<T> : ReadOnlyCollection<T>
{
    /// <summary>Copies the items.</summary>
    public ReadableList(IEnumerable<T> items)
        : base([.. items ?? throw new ArgumentNullException(nameof(items))])
    {
    }

    /// <summary>The items, with "; " between them; empty without items.</summary>
    public override string ToString() => string.Join("; ", this);
}
