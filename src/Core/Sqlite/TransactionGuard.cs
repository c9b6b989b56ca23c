using SQLitePCL;

namespace ProcessDedup.Sqlite;

/// <summary>
/// Keeps a lent connection within its transaction, whatever a block does on it. SQLite asks before it prepares a statement
/// (https://sqlite.org/c3ref/set_authorizer.html), and again before it commits, for statements that were prepared earlier
/// (https://sqlite.org/c3ref/commit_hook.html). It stays until the connection is closed.
/// </summary>
internal sealed class TransactionGuard
{
    // sqlite3.h; the constants are not all in SQLitePCLRaw.
    private const int Pragma = 19, Read = 20, Select = 21, Transaction = 22, Attach = 24, Detach = 25, Function = 31, Savepoint = 32, Recursive = 33;
    private const int Allow = 0, Deny = 1;

    private readonly sqlite3 _handle;

    public TransactionGuard(sqlite3 handle)
    {
        _handle = handle;
        strdelegate_authorizer authorize = (_, action, first, second, _, _) => Judge(action, first, second);
        _ = raw.sqlite3_set_authorizer(handle, authorize, null);
        raw.sqlite3_commit_hook(handle, _ => IsOwnCall ? 0 : 1, null);
    }

    /// <summary>Is this the owner's BEGIN, COMMIT or ROLLBACK?</summary>
    public bool IsOwnCall { get; set; }

    /// <summary>Was a statement refused that would have ended the transaction, or would have run after its end?</summary>
    public bool HasRefused { get; private set; }

    /// <summary>Was there a statement that may write?</summary>
    public bool HasWritten { get; private set; }

    private int Judge(int action, string? first, string? second)
    {
        if (IsOwnCall)
            return Allow;
        // Outside of a transaction each statement would be committed on its own.
        if (action == Transaction || raw.sqlite3_get_autocommit(_handle) != 0)
        {
            HasRefused = true;
            return Deny;
        }

        HasWritten |= action switch
        {
            Read or Select or Function or Recursive or Savepoint or Attach or Detach => false,
            Pragma => second is not null && first is "user_version" or "application_id",
            _ => true,
        };
        return Allow;
    }
}
