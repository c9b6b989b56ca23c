using System;
using ProcessDedup.Platform;

namespace ProcessDedup.Locks;

/// <summary>The copies of a lock's descriptors that a child process is to inherit.</summary>
internal sealed class InheritableLock : IDisposable
{
    private readonly IDisposable _main;
    private readonly IDisposable? _slot;

    private InheritableLock(IDisposable main, IDisposable? slot)
    {
        _main = main;
        _slot = slot;
    }

    public static InheritableLock? Of(LockHandle main, LockHandle? slot) =>
        main.Inheritable() is { } copy ? new InheritableLock(copy, slot?.Inheritable()) : null;

    public void Dispose()
    {
        _main.Dispose();
        _slot?.Dispose();
    }
}
