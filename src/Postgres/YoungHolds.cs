using System;
using System.Collections.Generic;
using System.Threading;

namespace ProcessDedup.Postgres;

/// <summary>
/// Holds that have not lasted for long: a short one pays neither for a record, nor for a watch, nor for a timer of its own.
/// </summary>
#pragma warning disable CA1001 // Holds outlive their coordinator, and the timer is set only while there are some.
internal sealed class YoungHolds
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(200);

    private readonly LinkedList<PostgresHold> _holds = new();
    private readonly Timer _timer;
    private bool _isSet;

    public YoungHolds() => _timer = new Timer(_ => Look());

    public void Add(PostgresHold hold)
    {
        lock (_holds)
        {
            _holds.AddLast(hold.Young);
            if (_isSet)
                return;
            _isSet = true;
            _timer.Change(Short, Timeout.InfiniteTimeSpan);
        }
    }

    public void Remove(PostgresHold hold)
    {
        lock (_holds)
        {
            if (hold.Young.List is not null)
                _holds.Remove(hold.Young);
        }
    }

    private void Look()
    {
        List<PostgresHold> old = [];
        lock (_holds)
        {
            while (_holds.First is { Value.Age: var age } first)
            {
                if (age < Short)
                {
                    // The timer's milliseconds are whole ones.
                    _timer.Change(Short - age + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
                    break;
                }

                _holds.RemoveFirst();
                old.Add(first.Value);
            }

            _isSet = _holds.Count > 0;
        }

        old.ForEach(hold => hold.Begin());
    }
}
