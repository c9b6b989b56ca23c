using ProcessDedup.Locks;

namespace ProcessDedup.Tests.Contract;

public sealed class ExclusiveByName : LockContract;

public sealed class ExclusiveByPath : LockContract
{
    protected override bool IsByPath => true;
}

public sealed class ExclusiveBehindShared : LockContract
{
    protected override LockMode BlockedBy => LockMode.Shared;
}

public sealed class SharedByName : LockContract
{
    protected override LockMode Mode => LockMode.Shared;

    protected override LockMode BlockedBy => LockMode.Exclusive;
}

public sealed class SharedByPath : LockContract
{
    protected override bool IsByPath => true;

    protected override LockMode Mode => LockMode.Shared;

    protected override LockMode BlockedBy => LockMode.Exclusive;
}

public sealed class OneSlot : LockContract
{
    protected override LockMode Mode => LockMode.Slot;
}

public sealed class FourSlots : LockContract
{
    protected override LockMode Mode => LockMode.Slot;

    protected override int Slots => 4;

    protected override int Blockers => 4;
}

public sealed class FourSlotsByPath : LockContract
{
    protected override bool IsByPath => true;

    protected override LockMode Mode => LockMode.Slot;

    protected override int Slots => 4;

    protected override int Blockers => 4;
}

public sealed class ExclusiveBehindASlot : LockContract
{
    protected override LockMode BlockedBy => LockMode.Slot;

    protected override int Slots => 4;
}

public sealed class FourSlotsBehindExclusive : LockContract
{
    protected override LockMode Mode => LockMode.Slot;

    protected override LockMode BlockedBy => LockMode.Exclusive;

    protected override int Slots => 4;
}
