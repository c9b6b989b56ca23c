namespace ProcessDedup.Cmdlets;

/// <summary>How a transaction begins. Not Core's own: types of parameters are looked at before Core can be loaded.</summary>
public enum TransactionMode
{
    /// <summary>BEGIN IMMEDIATE: takes the write lock at once, so that nothing in the middle can be refused.</summary>
    Immediate,

    /// <summary>BEGIN DEFERRED: for reading; a write in it may be refused and the whole transaction done again.</summary>
    Deferred,

    /// <summary>BEGIN EXCLUSIVE: without a write-ahead log readers are kept out as well.</summary>
    Exclusive,
}
