namespace ProcessDedup.Locks;

/// <summary>How many may hold a lock at the same time.</summary>
public enum LockMode
{
    /// <summary>One holder, nobody else.</summary>
    Exclusive,

    /// <summary>Any number of shared holders, no exclusive one. A waiting exclusive request goes first.</summary>
    Shared,

    /// <summary>At most as many holders as the lock has slots.</summary>
    Slot,
}
