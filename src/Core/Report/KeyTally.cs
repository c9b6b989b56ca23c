using System;
using ProcessDedup.Store;

namespace ProcessDedup.Report;

/// <summary>What is counted of one key, and the flight of it that shows most.</summary>
internal sealed class KeyTally(string key)
{
    private string _source = string.Empty;
    private string _kind = string.Empty;
    private long _answers, _hits, _waits, _produced, _transferred, _bytesSaved;
    private double _waited, _worked;
    private DateTimeOffset _last;
    private FlightTally _flight = new();

    public string Key => key;

    public double Saved { get; private set; }

    /// <summary>For a just order among keys that saved no time.</summary>
    public long Answers => _answers;

    /// <summary>The flight that shows most; null if nobody worked or waited.</summary>
    public FlightTally? Best { get; private set; }

    /// <summary>How many of its flights had waiters.</summary>
    public long SharedFlights { get; private set; }

    public void Add(CacheEvent happened)
    {
        _answers++;
        (_source, _kind) = (happened.Source, happened.Kind);
        switch (happened.Status)
        {
            case "Hit": _hits++; break;
            case "Waited": _waits++; break;
            case "Revalidated" or "Stale": break;
            default: _produced++; break;
        }

        _transferred += happened.Transferred;
        if (CacheStatistics.IsWithoutTransfer(happened.Status))
            _bytesSaved += happened.Size;
        _waited += happened.Waited.TotalSeconds;
        _worked += happened.Worked.TotalSeconds;
        Saved += Math.Max(0, happened.Saved.TotalSeconds - happened.Waited.TotalSeconds);
        if (happened.At > _last)
            _last = happened.At;
        if (happened.Waited <= TimeSpan.Zero && happened.Worked <= TimeSpan.Zero)
            return;
        if (!_flight.Has(happened))
            EndFlight();
        _flight.Add(happened);
        if (_flight.IsMoreThan(Best))
            Best = _flight;
    }

    private void EndFlight()
    {
        if (_flight.Waiters > 0)
            SharedFlights++;
        _flight = new FlightTally();
    }

    /// <summary>No more lines come.</summary>
    public void End() => EndFlight();

    public ReportKey ToKey() => new()
    {
        Key = key,
        Source = _source,
        Kind = _kind,
        Answers = _answers,
        Hits = _hits,
        Waits = _waits,
        Produced = _produced,
        BytesTransferred = _transferred,
        BytesSaved = _bytesSaved,
        WaitedSec = Math.Round(_waited, 3),
        WorkedSec = Math.Round(_worked, 3),
        SavedSec = Math.Round(Saved, 3),
        LastAt = _last,
    };
}
