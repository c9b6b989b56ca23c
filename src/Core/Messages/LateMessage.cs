namespace ProcessDedup.Messages;

/// <summary>
/// A text that is made when it is read. What comes with every answer, as the reason for a hit does, is mostly read by
/// nobody, and need not open the resources.
/// </summary>
internal sealed class LateMessage
{
    private readonly string _key;
    private readonly object?[] _values;

    /// <summary>Use <see cref="Message.Late"/>, whose values a test counts.</summary>
    internal LateMessage(string key, object?[] values)
    {
        _key = key;
        _values = values;
    }

    /// <summary>The text.</summary>
    public override string ToString() => Message.Of(_key, _values);
}
