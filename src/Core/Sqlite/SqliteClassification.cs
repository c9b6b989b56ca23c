namespace ProcessDedup.Sqlite;

/// <summary>
/// What each result code of SQLite means for a transaction that many processes may disturb. One pure function; its rows
/// come from measured faults (docs/design/sqlite.md), not from the names of the codes.
/// </summary>
public static class SqliteClassification
{
    // A fault of the moment (a failed read, a lost lock service) is gone with the next handle or the one after it; what
    // survives two reopenings is a fault of the file or of the file system.
    internal const int MostReopens = 2;

    // Another process may be replacing the directory entry: a little more patience.
    internal const int MostOpenings = 3;

    private const int ReadOnlyRecovery = 264, ReadOnlyMoved = 1032, ReadOnlyCannotInit = 1288;
    private const int BusyRecovery = 261, BusySnapshot = 517, BusyTimeout = 773;
    private const int LockedSharedCache = 262, LockedVirtualTable = 518;
    private const int AbortRollback = 516;
    private const int Read = 266, ShortRead = 522, FileSystemCorrupt = 8458, OutOfMemory = 3082;
    private const int CheckReservedLock = 3594, Lock = 3850, DeleteNoEntry = 5898;
    private const int SharedOpen = 4618, SharedSize = 4874, SharedLock = 5130, SharedMap = 5386;
    private const int NoTemporaryDirectory = 270, IsDirectory = 526, FullPath = 782, ConvertPath = 1038;

    /// <summary>The verdict about one error.</summary>
    /// <param name="code">The extended result code.</param>
    /// <param name="stage">Where it came.</param>
    /// <param name="autocommit">sqlite3_get_autocommit right after it: true if no transaction is open any more.</param>
    /// <param name="role">What the database is to its users.</param>
    /// <param name="earlier">How often this very code has been answered with another transaction or handle already.</param>
    /// <param name="parentExists">Is the directory of the database there?</param>
    public static SqliteVerdict Of(
        SqliteCode code, SqliteStage stage, bool autocommit, SqliteRole role, int earlier = 0, bool parentExists = true) =>
        code.PrimaryNumber switch
        {
            5 => OfBusy(code.Number, stage, autocommit),
            // SQLITE_LOCKED is the caller's own reader: waiting for oneself never ends. In a shared cache it is another's.
            6 => code.Number is LockedSharedCache or LockedVirtualTable ? SqliteVerdict.RetryTransaction : SqliteVerdict.Never,
            8 => OfReadOnly(code.Number, earlier),
            10 => OfIoError(code.Number, stage, earlier),
            // A read that fails once also shows as CORRUPT, so a cache is looked at again before it is thrown away. A
            // primary is never touched.
            11 or 26 => role == SqliteRole.Cache ? Limited(SqliteVerdict.Reopen, earlier, MostReopens) : SqliteVerdict.Never,
            14 => OfCannotOpen(code.Number, earlier, parentExists),
            // One failed fcntl leaves the locks of a log in disorder for everybody until each handle of the process that
            // had it is closed.
            15 => Limited(SqliteVerdict.Reopen, earlier, MostReopens),
            17 => Limited(SqliteVerdict.RetryTransaction, earlier, 1),
            4 when code.Number == AbortRollback => Limited(SqliteVerdict.RetryTransaction, earlier, 1),
            _ => SqliteVerdict.Never,
        };

    /// <summary>
    /// The verdict about an error of somebody else's transaction. Where it came is not known, so it counts as one of
    /// COMMIT if it can be one; Verify then means that the outcome stays unknown.
    /// </summary>
    public static SqliteVerdict OfForeign(SqliteCode code, int earlier = 0)
    {
        SqliteVerdict verdict = Of(code, SqliteStage.Commit, autocommit: true, SqliteRole.Primary, earlier);
        if (verdict == SqliteVerdict.RetryInPlace)
            return SqliteVerdict.RetryTransaction;
        bool isOfSystem = code.Matches(SqliteCode.IoError) || code.Matches(SqliteCode.Full);
        bool isSettled = code.Number is Lock or CheckReservedLock;
        return isOfSystem && !isSettled ? SqliteVerdict.Verify : verdict;
    }

    /// <summary>
    /// Is a wait before the next try pointless? A stale snapshot is cured by a new transaction, at once; only if that
    /// fails as well somebody is in the way.
    /// </summary>
    internal static bool IsRetriedAtOnce(SqliteCode code, int earlier) => code.Number == BusySnapshot && earlier == 0;

    /// <summary>Codes that are the world's fault and not the caller's: a cache does without.</summary>
    internal static bool IsPassing(SqliteCode code) => code.PrimaryNumber is 5 or 6 or 10 or 13 or 14 or 15 or 17;

    /// <summary>Does this file system fail to share memory between processes, which a write-ahead log needs?</summary>
    internal static bool IsSharedMemory(SqliteCode code) => code.Number is SharedOpen or SharedSize or SharedLock or SharedMap;

    private static SqliteVerdict OfBusy(int number, SqliteStage stage, bool autocommit) => number switch
    {
        BusyRecovery or BusyTimeout => SqliteVerdict.RetryInPlace,
        BusySnapshot => SqliteVerdict.RetryTransaction,
        _ => stage switch
        {
            SqliteStage.Open or SqliteStage.Begin => SqliteVerdict.RetryInPlace,
            // Two readers that both want to write wait for each other: one has to give way.
            SqliteStage.Body => SqliteVerdict.RetryTransaction,
            _ => autocommit ? SqliteVerdict.RetryTransaction : SqliteVerdict.RetryInPlace,
        },
    };

    private static SqliteVerdict OfReadOnly(int number, int earlier) => number switch
    {
        ReadOnlyRecovery or ReadOnlyCannotInit => Limited(SqliteVerdict.Reopen, earlier, MostReopens),
        ReadOnlyMoved => Limited(SqliteVerdict.Reopen, earlier, 1),
        _ => SqliteVerdict.Never,
    };

    private static SqliteVerdict OfIoError(int number, SqliteStage stage, int earlier) => number switch
    {
        Lock or CheckReservedLock => SqliteVerdict.Reopen,
        // The rollback journal has vanished: somebody removes files of the database.
        DeleteNoEntry or OutOfMemory => SqliteVerdict.Never,
        Read or ShortRead or FileSystemCorrupt => Limited(SqliteVerdict.Reopen, earlier, MostReopens),
        SharedOpen or SharedSize or SharedLock or SharedMap => Limited(SqliteVerdict.Reopen, earlier, MostReopens),
        // Every other failed call of the system may have done its work, or not. Before COMMIT that does not matter.
        _ => stage == SqliteStage.Commit ? SqliteVerdict.Verify : SqliteVerdict.Reopen,
    };

    private static SqliteVerdict OfCannotOpen(int number, int earlier, bool parentExists) => number switch
    {
        NoTemporaryDirectory or IsDirectory or FullPath or ConvertPath or SqliteCode.CannotOpenSymbolicLink => SqliteVerdict.Never,
        _ => parentExists ? Limited(SqliteVerdict.Reopen, earlier, MostOpenings) : SqliteVerdict.Never,
    };

    private static SqliteVerdict Limited(SqliteVerdict verdict, int earlier, int most) =>
        earlier < most ? verdict : SqliteVerdict.Never;
}
