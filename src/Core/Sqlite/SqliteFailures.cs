using System;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Sqlite;

/// <summary>Every text that tells of what is wrong with a path, a statement or a value.</summary>
internal static partial class SqliteFailures
{
    public static SqliteException PathInvalid(string path, string reason) => new(
        SqliteError.SqlitePathInvalid, path, Message.Of(Key.SqlitePathInvalidCause, Shown(path), reason),
        Message.Of(Key.SqlitePathInvalidNext));

    /// <summary>A path of another drive than those of files, which PowerShell has.</summary>
    public static SqliteException NoFilePath(string path) => new(
        SqliteError.SqlitePathInvalid, path, Message.Of(Key.NoFilePathCause, path), Message.Of(Key.SqliteNoFilePathNext));

    public static SqliteException PathIsDirectory(string path) => new(
        SqliteError.SqlitePathIsDirectory, path, Message.Of(Key.SqlitePathIsDirectoryCause, Shown(path)), Message.Of(Key.SqlitePathIsDirectoryNext));

    public static SqliteException PathIsLink(string path) => new(
        SqliteError.SqlitePathIsLink, path,
        Message.Of(Key.SqlitePathIsLinkCause, Shown(path)),
        Message.Of(Key.SqlitePathIsLinkNext));

    public static SqliteException DirectoryMissing(string path, string directory) => new(
        SqliteError.SqliteDirectoryMissing, path, Message.Of(Key.SqliteDirectoryMissingCause, Shown(directory)),
        Message.Of(Key.SqliteDirectoryMissingNext));

    public static SqliteException Missing(string path) => new(
        SqliteError.SqliteCannotOpen, path, Message.Of(Key.SqliteMissingCause, Shown(path)),
        Message.Of(Key.SqliteMissingNext));

    public static SqliteException LocksInvisible(string path) => new(
        SqliteError.SqliteLocksInvisible, path,
        Message.Of(Key.SqliteLocksInvisibleCause, Shown(path)),
        Message.Of(Key.SqliteLocksInvisibleNext));

    public static SqliteException CannotLook(string path, string cause) => new(
        SqliteError.SqliteCannotOpen, path, Message.Of(Key.SqliteCannotLookCause, Shown(path), cause),
        Message.Of(Key.SqliteCannotLookNext));

    public static SqliteException ReadOnly(string path) => new(
        SqliteError.SqliteReadOnly, path, Message.Of(Key.SqliteReadOnlyCause, Shown(path)),
        Message.Of(Key.SqliteReadOnlyNext));

    public static SqliteException JournalUnsupported(string path, string reason) => new(
        SqliteError.SqliteJournalUnsupported, path, Message.Of(Key.SqliteJournalUnsupportedCause, Shown(path), reason),
        Message.Of(Key.SqliteJournalUnsupportedNext));

    public static SqliteException SchemaNewer(string path, long found, int known) => new(
        SqliteError.SqliteSchemaNewer, path,
        Message.Of(Key.SqliteSchemaNewerCause, Shown(path), found, known),
        Message.Of(Key.SqliteSchemaNewerNext));

    public static SqliteException ExtensionRefused(string path) => new(
        SqliteError.SqliteOptionsInvalid, path, Message.Of(Key.SqliteExtensionRefusedCause), Message.Of(Key.SqliteExtensionRefusedNext));

    public static SqliteException RecoveryInvalid(string path, string reason) => new(
        SqliteError.SqliteOptionsInvalid, path, Message.Of(Key.SqliteRecoveryInvalidCause, Shown(path), reason),
        Message.Of(Key.SqliteRecoveryInvalidNext));

    public static SqliteException RecoveryFailed(string path, string primary, string reason, Exception? inner) => new(
        SqliteError.SqliteRecoveryFailed, path,
        Message.Of(Key.SqliteRecoveryFailedCause, Shown(path), Shown(primary), reason),
        Message.Of(Key.SqliteRecoveryFailedNext), inner);

    public static SqliteException LibraryMissing(string name, Exception? inner) => new(
        SqliteError.SqliteLibraryMissing, name, Message.Of(Key.SqliteLibraryMissingCause, name),
        Message.Of(Key.SqliteLibraryMissingNext, SqliteLibraryVariable), inner);

    public static SqliteException StatementCount(string path, string sql, string reason) => new(
        SqliteError.SqliteStatementCount, path, Message.Of(Key.SqliteStatementCountCause, Shown(sql), reason),
        Message.Of(Key.SqliteStatementCountNext));

    public static SqliteException TransactionControl(string path, string sql) => new(
        SqliteError.SqliteTransactionControl, path,
        Message.Of(Key.SqliteTransactionControlCause, Shown(sql)),
        Message.Of(Key.SqliteTransactionControlNext));

    /// <summary>A statement that may not run without a transaction.</summary>
    public static SqliteException NotMaintenance(string path, string sql) => new(
        SqliteError.SqliteOptionsInvalid, path, Message.Of(Key.SqliteNotMaintenanceCause, Shown(sql)), Message.Of(Key.SqliteNotMaintenanceNext));

    public static SqliteException ForeignKeysIgnored(string path, string sql) => new(
        SqliteError.SqliteTransactionControl, path,
        Message.Of(Key.SqliteForeignKeysIgnoredCause, Shown(sql)),
        Message.Of(Key.SqliteForeignKeysIgnoredNext));

    public static SqliteException TransactionEnded(string path) => new(
        SqliteError.SqliteTransactionEnded, path, Message.Of(Key.SqliteTransactionEndedCause, Shown(path)),
        Message.Of(Key.SqliteTransactionEndedNext));

    public static SqliteException Reentered(string path) => new(
        SqliteError.SqliteTransactionControl, path,
        Message.Of(Key.SqliteReenteredCause, Shown(path)),
        Message.Of(Key.SqliteReenteredNext));

    public static SqliteException ParameterMissing(string sql, string name) => new(
        SqliteError.SqliteParameterMissing, Shown(sql), Message.Of(Key.SqliteParameterMissingCause, name, Shown(sql)),
        Message.Of(Key.SqliteParameterMissingNext));

    public static SqliteException ParameterSurplus(string sql, string name) => new(
        SqliteError.SqliteParameterSurplus, Shown(sql), Message.Of(Key.SqliteParameterSurplusCause, name, Shown(sql)),
        Message.Of(Key.SqliteParameterSurplusNext));

    public static SqliteException ParameterTwice(string name) => new(
        SqliteError.SqliteParameterSurplus, name, Message.Of(Key.SqliteParameterTwiceCause, name), Message.Of(Key.SqliteParameterTwiceNext));

    public static SqliteException ParameterInvalid(string name, string reason) => new(
        SqliteError.SqliteParameterInvalid, name, Message.Of(Key.SqliteParameterInvalidCause, name, reason),
        Message.Of(Key.SqliteParameterInvalidNext));

    /// <summary>Of a command line: NAME=VALUE without the name.</summary>
    public static SqliteException ParameterNameless(string argument) => new(
        SqliteError.SqliteParameterInvalid, argument, Message.Of(Key.SqliteParameterNamelessCause), Message.Of(Key.SqliteParameterNamelessNext));

    // Not the value itself: it may be secret.
    public static SqliteException ParameterNoJson(string name) => new(
        SqliteError.SqliteParameterInvalid, name, Message.Of(Key.SqliteParameterNoJsonCause, name), Message.Of(Key.SqliteParameterNoJsonNext, name));

    private const string SqliteLibraryVariable = SqliteLibrary.Variable;

    /// <summary>A text of somebody else's, fit for a terminal.</summary>
    internal static string Shown(string text)
    {
        string clean = RedactedCommandLine.Sanitize(text);
        return Shortened.To(clean, 200);
    }
}
