namespace ProcessDedup.Cmdlets;

/// <summary>How a transaction begins. Not Core's own enum: the field of a cmdlet would have Core loaded by the import.</summary>
public enum TransactionMode
{
    /// <summary>BEGIN IMMEDIATE: takes the write lock at once, so that nothing in the middle can be refused.</summary>
    Immediate,

    /// <summary>BEGIN DEFERRED: for reading; a write in it may be refused and the whole transaction done again.</summary>
    Deferred,

    /// <summary>BEGIN EXCLUSIVE: without a write-ahead log readers are kept out as well.</summary>
    Exclusive,
}
