using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>A thread's place in the queue of its own process.</summary>
internal sealed class LocalTurn(LockMode mode, StoppableWait signal)
{
    private volatile bool _isGranted;

    public LockMode Mode { get; } = mode;

    public StoppableWait Signal { get; } = signal;

    public bool IsGranted => _isGranted;

    public void Grant()
    {
        _isGranted = true;
        Signal.Wake();
    }
}
