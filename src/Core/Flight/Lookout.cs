using System;
using System.Threading;

namespace ProcessDedup.Flight;

/// <summary>
/// Looks now and then, on threads of the pool. A look that takes longer than the time between two is not joined by another, and
/// one that fails has seen nothing: the wait goes on.
/// </summary>
internal sealed class Lookout : IDisposable
{
    // A leader is declared stalled an eighth too late at most.
    private const int LooksPerPatience = 8;

    private readonly Action _look;
    private readonly object _sync = new();
    private readonly Timer _timer;

    /// <param name="look">May still be called once after <see cref="Dispose"/>.</param>
    /// <param name="first">Until the first look.</param>
    /// <param name="between">From one to the next.</param>
    public Lookout(Action look, TimeSpan first, TimeSpan between)
    {
        _look = look;
        _timer = new Timer(_ => Look(), null, first, between);
    }

    /// <summary>How often to look after one with whom there is only so much patience.</summary>
    public static TimeSpan Between(TimeSpan patience, TimeSpan least, TimeSpan most)
    {
        TimeSpan between = TimeSpan.FromTicks(patience.Ticks / LooksPerPatience);
        return between < least ? least : between > most ? most : between;
    }

    private void Look()
    {
        if (!Monitor.TryEnter(_sync))
            return;
        try
        {
            _look();
        }
#pragma warning disable CA1031 // On a timer's thread anything that escapes ends the process.
        catch (Exception)
#pragma warning restore CA1031
        {
            // The next look may see more.
        }
        finally
        {
            Monitor.Exit(_sync);
        }
    }

    public void Dispose() => _timer.Dispose();
}
