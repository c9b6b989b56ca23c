using System;
using System.Management.Automation;
using ProcessDedup.Messages;
using ProcessDedup.Retry;
using ProcessDedup.Sqlite;

namespace ProcessDedup.Cmdlets;

/// <summary>Copies a SQLite database that others write, as it is at one moment, whole or not at all.</summary>
[Cmdlet(VerbsData.Backup, "SqliteDatabase", SupportsShouldProcess = true)]
[OutputType(typeof(SqliteBackupResult))]
public sealed class BackupSqliteDatabaseCommand : DedupCmdlet
{
    /// <summary>The database.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LiteralPath", "LP")]
    [AllowEmptyString]
    public string Path { get; set; } = string.Empty;

    /// <summary>The backup: a file, or an existing directory, in which it gets the name of the database.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [AllowEmptyString]
    public string Destination { get; set; } = string.Empty;

    /// <summary>Do not replace a file that is there.</summary>
    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>Replace also a file that is read-only, or is not a database that can be opened.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>The one budget for all waiting, in seconds; 0 waits for ever.</summary>
    [Parameter]
    [ValidateRange(0.0, LongestDurations.WaitSec)]
    [Duration]
    public double TimeoutSec { get; set; } = 60;

    /// <summary>Do not queue at the file NAME.gate beside the database.</summary>
    [Parameter]
    public SwitchParameter NoGate { get; set; }

    /// <summary>Read a write-ahead log on NFS, SMB, 9P or FUSE all the same.</summary>
    [Parameter]
    public SwitchParameter AllowNetworkFileSystem { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        string path = OrThrow(() => FileSystemPath(Path));
        string destination = OrThrow(() => FileSystemPath(Destination));
        if (!ShouldProcess(path, Message.Of(Key.ActionBackUpTo, destination)))
            return;
        TimeSpan timeout = TimeSpan.FromSeconds(TimeoutSec);
        var options = new SqliteBackupOptions
        {
            NoClobber = NoClobber,
            Force = Force,
            // The least that is not zero stays so: zero is for ever.
            Timeout = timeout == TimeSpan.Zero && TimeoutSec > 0 ? TimeSpan.FromTicks(1) : timeout,
            Gate = NoGate || string.IsNullOrWhiteSpace(path) ? null : SqliteOptions.GateBeside(path),
            AllowNetworkFileSystem = AllowNetworkFileSystem,
        };
        WriteObject(OrThrow(() => SqliteBackup.Run(path, destination, options, StopToken)));
    }

    private protected override DedupException NoFilePath(string path) => SqliteFailures.NoFilePath(path);
}
