using System;
using System.Globalization;
using ProcessDedup.Fetch;

namespace ProcessDedup.FetchPeer;

/// <summary>Says how a download goes, but not for ever, however small the pieces are that it comes in.</summary>
internal sealed class TellingObserver(Action<string> say) : ITransferObserver
{
    private const int MostLines = 20_000;

    private long _bytes;
    private int _lines;

    public void Begin(long? total, long already)
    {
        _bytes = already;
        say(string.Create(CultureInfo.InvariantCulture, $"BEGIN {already}"));
    }

    public void Advance(long bytes)
    {
        _bytes += bytes;
        if (_lines++ < MostLines)
            say(string.Create(CultureInfo.InvariantCulture, $"GOT {_bytes}"));
    }

    public void CoolDown(TimeSpan left) => say("COOLDOWN");

    public void Retry(int attempt, TimeSpan pause, string why) => say($"RETRY {why}");
}
