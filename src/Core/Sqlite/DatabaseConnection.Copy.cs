using System;
using System.Threading;
using SQLitePCL;

namespace ProcessDedup.Sqlite;

/// <content>The copy of a whole database.</content>
internal sealed partial class DatabaseConnection
{
    // 4 MiB of usual pages: often enough to be cancelled within milliseconds.
    private const int PagesPerStep = 1024;

    /// <summary>
    /// Copies this database into another, empty one, as it is at one moment (https://sqlite.org/backup.html). The read
    /// transaction around it keeps writers from making it begin again.
    /// </summary>
    /// <param name="target">The other one.</param>
    /// <param name="cancellation">Ends it within milliseconds.</param>
    /// <param name="hasBegun">Called once the moment is settled: what others write from now on is not in the copy.</param>
    /// <exception cref="SqliteFaultException">SQLite failed; the target is of no use.</exception>
    public void CopyTo(DatabaseConnection target, CancellationToken cancellation, Action? hasBegun = null)
    {
        Demand("BEGIN");
        Ask("SELECT count(*) FROM sqlite_master");
        hasBegun?.Invoke();
        using (sqlite3_backup backup = raw.sqlite3_backup_init(target._handle, "main", _handle, "main"))
        {
            if (backup is null || backup.IsInvalid)
                throw new SqliteFaultException(target.Fault(new SqliteCode(raw.sqlite3_extended_errcode(target._handle))));
            int code;
            do
            {
                cancellation.ThrowIfCancellationRequested();
                code = raw.sqlite3_backup_step(backup, PagesPerStep);
            }
            while (code == raw.SQLITE_OK);
            if (code != raw.SQLITE_DONE)
                throw new SqliteFaultException(target.Fault(new SqliteCode(code)));
        }

        Demand("COMMIT");
    }
}
