namespace ProcessDedup.Cmdlets;

/// <summary>What a database is to its users. Not Core's own enum: the field of a cmdlet would have Core loaded by the import.</summary>
public enum DatabaseRole
{
    /// <summary>The only copy: no acknowledged write is ever lost, and what cannot be written is an error.</summary>
    Primary,

    /// <summary>Can be made again: rather skipped than waited for, and made anew if it is broken.</summary>
    Cache,
}
