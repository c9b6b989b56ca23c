using System;
using ProcessDedup.Platform;

namespace ProcessDedup.Sqlite;

/// <summary>Every text that tells of what is wrong with a path, a statement or a value.</summary>
internal static partial class SqliteFailures
{
    public static SqliteException PathInvalid(string path, string reason) => new(
        SqliteError.SqlitePathInvalid, path, $"'{Shown(path)}' cannot be a database: {reason}.",
        "Give the path of a file in an existing directory.");

    public static SqliteException PathIsDirectory(string path) => new(
        SqliteError.SqlitePathIsDirectory, path, $"'{Shown(path)}' is a directory.", "Give the path of a file in it.");

    public static SqliteException PathIsLink(string path) => new(
        SqliteError.SqlitePathIsLink, path,
        $"'{Shown(path)}' is a symbolic link, and a database with two names has two journals, which destroys it.",
        "Give the path of the file itself.");

    public static SqliteException DirectoryMissing(string path, string directory) => new(
        SqliteError.SqliteDirectoryMissing, path, $"The directory '{Shown(directory)}' of the database does not exist.",
        "Create the directory first.");

    public static SqliteException Missing(string path) => new(
        SqliteError.SqliteCannotOpen, path, $"The database '{Shown(path)}' does not exist.",
        "Check the path, or allow it to be created.");

    public static SqliteException LocksInvisible(string path) => new(
        SqliteError.SqliteLocksInvisible, path,
        $"Who holds the database '{Shown(path)}' cannot be told: only Linux has a table of such locks (/proc/locks).",
        "On Windows the Resource Monitor and on macOS lsof show which processes have the file open.");

    public static SqliteException CannotLook(string path, string cause) => new(
        SqliteError.SqliteCannotOpen, path, $"The database '{Shown(path)}' cannot be looked at: {cause}.",
        "Check the path, and the rights on the directories that lead to it.");

    public static SqliteException ReadOnly(string path) => new(
        SqliteError.SqliteReadOnly, path, $"The database '{Shown(path)}' may only be read.",
        "Ask for the right to write the file and its directory, in which SQLite puts its journal.");

    public static SqliteException JournalUnsupported(string path, string reason) => new(
        SqliteError.SqliteJournalUnsupported, path, $"The database '{Shown(path)}' cannot use a write-ahead log: {reason}.",
        "Put it on a local disk, use a rollback journal (PRAGMA journal_mode=DELETE, run on one machine while nobody uses it), or allow it with -AllowNetworkFileSystem (procdedup: --allow-network-fs).");

    public static SqliteException SchemaNewer(string path, long found, int known) => new(
        SqliteError.SqliteSchemaNewer, path,
        $"The schema of '{Shown(path)}' has version {found}; this program knows versions up to {known}.",
        "Update the program; an older one would write what the newer one does not expect.");

    public static SqliteException RecoveryInvalid(string path, string reason) => new(
        SqliteError.SqliteOptionsInvalid, path, $"'{Shown(path)}' cannot be recovered like this: {reason}.",
        "Use -RecoverFrom PRIMARY with -Role Cache (procdedup: --recover-from, --role cache), and another file.");

    public static SqliteException RecoveryFailed(string path, string primary, string reason, Exception? inner) => new(
        SqliteError.SqliteRecoveryFailed, path,
        $"The cache '{Shown(path)}' cannot be made from '{Shown(primary)}': {reason}.",
        "Check the path of the primary, and the primary itself; or leave the recovery out, and the cache begins empty.", inner);

    public static SqliteException LibraryMissing(string name, Exception? inner) => new(
        SqliteError.SqliteLibraryMissing, name, $"The library '{name}' cannot be loaded, or is none of SQLite.",
        $"Install SQLite 3, or set {SqliteLibraryVariable} to the full path of its library.", inner);

    public static SqliteException StatementCount(string path, string sql, string reason) => new(
        SqliteError.SqliteStatementCount, path, $"The query '{Shown(sql)}' {reason}.",
        "Give one statement; several of them go into a block, one call each, as an error in the middle of a text leaves the rest undone.");

    public static SqliteException TransactionControl(string path, string sql) => new(
        SqliteError.SqliteTransactionControl, path,
        $"'{Shown(sql)}' would begin or end a transaction, and the one around the block is kept by its caller.",
        "Leave BEGIN, COMMIT and ROLLBACK out; throw an error to roll back. SAVEPOINT, RELEASE and ROLLBACK TO may be used.");

    public static SqliteException ForeignKeysIgnored(string path, string sql) => new(
        SqliteError.SqliteTransactionControl, path,
        $"'{Shown(sql)}' does nothing within a transaction: SQLite would ignore it without a word.",
        "Give -ForeignKeys (procdedup: --foreign-keys).");

    public static SqliteException TransactionEnded(string path) => new(
        SqliteError.SqliteTransactionEnded, path, $"The transaction on '{Shown(path)}' has ended.",
        "Use the transaction only within the block it was given to.");

    public static SqliteException Reentered(string path) => new(
        SqliteError.SqliteTransactionControl, path,
        $"Another transaction on '{Shown(path)}' was begun within the block of one; waiting for it would never end.",
        "Use the transaction that the block was given.");

    public static SqliteException ParameterMissing(string sql, string name) => new(
        SqliteError.SqliteParameterMissing, Shown(sql), $"Parameter {name} of '{Shown(sql)}' has no value.",
        "Give it one; for NULL give @{ name = $null } or @($null) (procdedup: --param name:=null).");

    public static SqliteException ParameterSurplus(string sql, string name) => new(
        SqliteError.SqliteParameterSurplus, Shown(sql), $"The value {name} belongs to no parameter of '{Shown(sql)}'.",
        "Check the spelling of the name, or leave the value out.");

    public static SqliteException ParameterTwice(string name) => new(
        SqliteError.SqliteParameterSurplus, name, $"Parameter '{name}' has two values.", "Give it one.");

    public static SqliteException ParameterInvalid(string name, string reason) => new(
        SqliteError.SqliteParameterInvalid, name, $"The value of parameter {name} cannot be stored: {reason}.",
        "Convert it to a text, a number or a byte array first.");

    private const string SqliteLibraryVariable = SqliteLibrary.Variable;

    /// <summary>A text of somebody else's, fit for a terminal.</summary>
    internal static string Shown(string text)
    {
        string clean = RedactedCommandLine.Sanitize(text);
        return clean.Length <= 200 ? clean : clean.Substring(0, 199) + "…";
    }
}
