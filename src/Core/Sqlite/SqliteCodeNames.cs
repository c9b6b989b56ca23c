using System.Collections.Generic;

namespace ProcessDedup.Sqlite;

/// <summary>Every result code of https://sqlite.org/rescode.html, without the prefix "SQLITE_".</summary>
internal static class SqliteCodeNames
{
    private static readonly Dictionary<int, string> Names = new()
    {
        [0] = "OK",
        [1] = "ERROR",
        [2] = "INTERNAL",
        [3] = "PERM",
        [4] = "ABORT",
        [5] = "BUSY",
        [6] = "LOCKED",
        [7] = "NOMEM",
        [8] = "READONLY",
        [9] = "INTERRUPT",
        [10] = "IOERR",
        [11] = "CORRUPT",
        [12] = "NOTFOUND",
        [13] = "FULL",
        [14] = "CANTOPEN",
        [15] = "PROTOCOL",
        [16] = "EMPTY",
        [17] = "SCHEMA",
        [18] = "TOOBIG",
        [19] = "CONSTRAINT",
        [20] = "MISMATCH",
        [21] = "MISUSE",
        [22] = "NOLFS",
        [23] = "AUTH",
        [24] = "FORMAT",
        [25] = "RANGE",
        [26] = "NOTADB",
        [27] = "NOTICE",
        [28] = "WARNING",
        [100] = "ROW",
        [101] = "DONE",
        [256] = "OK_LOAD_PERMANENTLY",
        [512] = "OK_SYMLINK",
        [257] = "ERROR_MISSING_COLLSEQ",
        [513] = "ERROR_RETRY",
        [769] = "ERROR_SNAPSHOT",
        [1025] = "ERROR_RESERVESIZE",
        [1281] = "ERROR_KEY",
        [1537] = "ERROR_UNABLE",
        [516] = "ABORT_ROLLBACK",
        [261] = "BUSY_RECOVERY",
        [517] = "BUSY_SNAPSHOT",
        [773] = "BUSY_TIMEOUT",
        [262] = "LOCKED_SHAREDCACHE",
        [518] = "LOCKED_VTAB",
        [264] = "READONLY_RECOVERY",
        [520] = "READONLY_CANTLOCK",
        [776] = "READONLY_ROLLBACK",
        [1032] = "READONLY_DBMOVED",
        [1288] = "READONLY_CANTINIT",
        [1544] = "READONLY_DIRECTORY",
        [266] = "IOERR_READ",
        [522] = "IOERR_SHORT_READ",
        [778] = "IOERR_WRITE",
        [1034] = "IOERR_FSYNC",
        [1290] = "IOERR_DIR_FSYNC",
        [1546] = "IOERR_TRUNCATE",
        [1802] = "IOERR_FSTAT",
        [2058] = "IOERR_UNLOCK",
        [2314] = "IOERR_RDLOCK",
        [2570] = "IOERR_DELETE",
        [2826] = "IOERR_BLOCKED",
        [3082] = "IOERR_NOMEM",
        [3338] = "IOERR_ACCESS",
        [3594] = "IOERR_CHECKRESERVEDLOCK",
        [3850] = "IOERR_LOCK",
        [4106] = "IOERR_CLOSE",
        [4362] = "IOERR_DIR_CLOSE",
        [4618] = "IOERR_SHMOPEN",
        [4874] = "IOERR_SHMSIZE",
        [5130] = "IOERR_SHMLOCK",
        [5386] = "IOERR_SHMMAP",
        [5642] = "IOERR_SEEK",
        [5898] = "IOERR_DELETE_NOENT",
        [6154] = "IOERR_MMAP",
        [6410] = "IOERR_GETTEMPPATH",
        [6666] = "IOERR_CONVPATH",
        [6922] = "IOERR_VNODE",
        [7178] = "IOERR_AUTH",
        [7434] = "IOERR_BEGIN_ATOMIC",
        [7690] = "IOERR_COMMIT_ATOMIC",
        [7946] = "IOERR_ROLLBACK_ATOMIC",
        [8202] = "IOERR_DATA",
        [8458] = "IOERR_CORRUPTFS",
        [8714] = "IOERR_IN_PAGE",
        [8970] = "IOERR_BADKEY",
        [9226] = "IOERR_CODEC",
        [267] = "CORRUPT_VTAB",
        [523] = "CORRUPT_SEQUENCE",
        [779] = "CORRUPT_INDEX",
        [270] = "CANTOPEN_NOTEMPDIR",
        [526] = "CANTOPEN_ISDIR",
        [782] = "CANTOPEN_FULLPATH",
        [1038] = "CANTOPEN_CONVPATH",
        [1294] = "CANTOPEN_DIRTYWAL",
        [1550] = "CANTOPEN_SYMLINK",
        [275] = "CONSTRAINT_CHECK",
        [531] = "CONSTRAINT_COMMITHOOK",
        [787] = "CONSTRAINT_FOREIGNKEY",
        [1043] = "CONSTRAINT_FUNCTION",
        [1299] = "CONSTRAINT_NOTNULL",
        [1555] = "CONSTRAINT_PRIMARYKEY",
        [1811] = "CONSTRAINT_TRIGGER",
        [2067] = "CONSTRAINT_UNIQUE",
        [2323] = "CONSTRAINT_VTAB",
        [2579] = "CONSTRAINT_ROWID",
        [2835] = "CONSTRAINT_PINNED",
        [3091] = "CONSTRAINT_DATATYPE",
        [279] = "AUTH_USER",
        [283] = "NOTICE_RECOVER_WAL",
        [539] = "NOTICE_RECOVER_ROLLBACK",
        [795] = "NOTICE_RBU",
        [284] = "WARNING_AUTOINDEX",
    };

    /// <summary>All known numbers.</summary>
    public static IReadOnlyCollection<int> Known => Names.Keys;

    /// <summary>The name; null of a number that a newer SQLite has brought.</summary>
    public static string? Find(int number) => Names.TryGetValue(number, out string? name) ? name : null;

    /// <summary>The number of a name without prefix; null if there is none.</summary>
    public static int? Find(string name)
    {
        foreach (KeyValuePair<int, string> pair in Names)
        {
            if (pair.Value == name)
                return pair.Key;
        }

        return null;
    }
}
