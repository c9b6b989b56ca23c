using System;
using System.Threading;

namespace ProcessDedup.Sqlite;

/// <summary>
/// Ends the statements of a connection when it is cancelled. sqlite3_interrupt does nothing to a statement that begins a
/// moment later (https://sqlite.org/c3ref/interrupt.html), so that it is repeated until the block has ended.
/// </summary>
internal sealed class StatementInterrupt : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(10);

    private readonly object _gate = new();
    private readonly DatabaseConnection _connection;
    private readonly CancellationTokenRegistration _registration;
    private Timer? _timer;
    private bool _hasEnded;

    public StatementInterrupt(DatabaseConnection connection, CancellationToken cancellation)
    {
        _connection = connection;
        _registration = cancellation.Register(Begin);
    }

    private void Begin()
    {
        lock (_gate)
        {
            if (!_hasEnded)
                _timer = new Timer(_ => Interrupt(), null, TimeSpan.Zero, Period);
        }
    }

    private void Interrupt()
    {
        lock (_gate)
        {
            // Afterwards the handle may be closed already.
            if (!_hasEnded)
                _connection.Interrupt();
        }
    }

    /// <summary>The block has ended: what comes now, the ROLLBACK, is not to be disturbed.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _hasEnded = true;
            _timer?.Dispose();
        }

        _registration.Dispose();
    }
}
