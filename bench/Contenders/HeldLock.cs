using System;
using ProcessDedup.Locks;

namespace ProcessDedup.Bench.Contenders;

/// <summary>One lock file, taken and released by this process in one of the ways that are compared.</summary>
internal abstract class HeldLock : IDisposable
{
    public abstract void Acquire();

    public abstract void Release();

    public abstract void Dispose();

    public static HeldLock Create(string kind, string file) => kind switch
    {
        Contender.CoreKind => new Core(file),
        Contender.RawKind => new Raw(file),
        Contender.RawOpenKind => new RawOpen(file),
        FleetHeldLock.Kind => new FleetHeldLock(file, Environment.GetEnvironmentVariable(FleetServer.Variable)!),
        RawFleetLock.Kind => new RawFleetLock(file, Environment.GetEnvironmentVariable(FleetServer.Variable)!),
        _ => throw new ArgumentException($"No lock of kind '{kind}' in this program.", nameof(kind)),
    };

    /// <summary>This project.</summary>
    private sealed class Core(string file) : HeldLock
    {
        private readonly LockRequest _request = new(LockTarget.FromPath(file));
        private LockLease? _lease;

        public override void Acquire() => _lease = FileLock.Acquire(_request);

        public override void Release() => _lease!.Dispose();

        public override void Dispose() => _lease?.Dispose();
    }

    /// <summary>flock(2) on a descriptor that stays open.</summary>
    private sealed class Raw(string file) : HeldLock
    {
        private readonly int _descriptor = NativeCalls.Open(file);

        public override void Acquire() => NativeCalls.Lock(_descriptor);

        public override void Release() => NativeCalls.Unlock(_descriptor);

        public override void Dispose() => NativeCalls.Close(_descriptor);
    }

    /// <summary>open(2), flock(2), close(2): what a program without a library does.</summary>
    private sealed class RawOpen(string file) : HeldLock
    {
        private readonly NativeCalls.Path _path = NativeCalls.Create(file);
        private int _descriptor = -1;

        public override void Acquire()
        {
            _descriptor = NativeCalls.OpenExisting(_path);
            NativeCalls.Lock(_descriptor);
        }

        public override void Release()
        {
            NativeCalls.Close(_descriptor);
            _descriptor = -1;
        }

        public override void Dispose()
        {
            if (_descriptor >= 0)
                Release();
        }
    }
}
