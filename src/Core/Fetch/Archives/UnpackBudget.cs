using ProcessDedup.Messages;

namespace ProcessDedup.Fetch.Archives;

/// <summary>What an archive may still unpack to. Counts what has come, never what a header announces.</summary>
internal sealed class UnpackBudget(string archive, int maxEntries, long maxBytes)
{
    // Headers are no content, but a bomb may be made of headers: room for one with a long name to each entry.
    private const long HeadersOfEntry = 2048;

    private int _entries;
    private long _bytes;
    private long _raw;

    public void AddEntry()
    {
        if (++_entries > maxEntries)
            throw FetchFailures.ArchiveTooLarge(archive, Message.Of(Key.ReasonMoreThanEntries, maxEntries));
    }

    public void AddContent(long count)
    {
        _bytes += count;
        if (_bytes > maxBytes)
            throw TooManyBytes();
    }

    /// <summary>Bytes of a decompressed tar archive, headers and padding included.</summary>
    public void AddRaw(long count)
    {
        _raw += count;
        if (_raw - maxEntries * HeadersOfEntry > maxBytes)
            throw TooManyBytes();
    }

    private FetchException TooManyBytes() => FetchFailures.ArchiveTooLarge(
        archive, Message.Of(Key.ReasonMoreThanBytes, maxBytes));
}
