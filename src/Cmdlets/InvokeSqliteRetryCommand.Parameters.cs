using System.Management.Automation;
using ProcessDedup.Retry;

namespace ProcessDedup.Cmdlets;

public sealed partial class InvokeSqliteRetryCommand
{
    /// <summary>The database file. It is made if it is not there, unless a query only reads.</summary>
    [Parameter(Mandatory = true, ParameterSetName = QuerySet)]
    [Parameter(Mandatory = true, ParameterSetName = MaintenanceSet)]
    [Parameter(Mandatory = true, ParameterSetName = BlockSet)]
    [Alias("LiteralPath", "LP")]
    [AllowEmptyString]
    public string? Path { get; set; }

    /// <summary>One statement; with -NoTransaction one or several, between semicolons.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = QuerySet)]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = MaintenanceSet)]
    [AllowEmptyString]
    public string? Query { get; set; }

    /// <summary>Values of the query: a hashtable or an object by name, an array in order, or a single value. A list in it is JSON.</summary>
    [Parameter(Position = 1, ParameterSetName = QuerySet)]
    [Parameter(Position = 1, ParameterSetName = MaintenanceSet)]
    [AllowNull]
    public object? Parameters { get; set; }

    /// <summary>Sets of values through the pipeline, as rows of Import-Csv: the query runs once for each, all in one transaction.</summary>
    [Parameter(ValueFromPipeline = true, ParameterSetName = QuerySet)]
    [AllowNull]
    public object? InputObject { get; set; }

    /// <summary>
    /// One transaction; it may run several times. With -Path it gets the transaction: param($tx) $tx.Query('…', @{…}).
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = BlockSet)]
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ForeignSet)]
    [ValidateNotNull]
    public ScriptBlock? ScriptBlock { get; set; }

    /// <summary>More arguments of the block.</summary>
    [Parameter(ParameterSetName = BlockSet)]
    [Parameter(ParameterSetName = ForeignSet)]
    [Alias("Args")]
    public object[]? ArgumentList { get; set; }

    /// <summary>
    /// How the transaction begins. Without it, a query that only reads begins DEFERRED and everything else IMMEDIATE.
    /// </summary>
    [Parameter(ParameterSetName = QuerySet)]
    [Parameter(ParameterSetName = BlockSet)]
    public TransactionMode TransactionMode { get; set; }

    /// <summary>
    /// Primary: no acknowledged write is ever lost, and what cannot be written is an error. Cache: rather skipped than
    /// waited for, and made anew if it is broken.
    /// </summary>
    [Parameter(ParameterSetName = QuerySet)]
    [Parameter(ParameterSetName = MaintenanceSet)]
    [Parameter(ParameterSetName = BlockSet)]
    public DatabaseRole Role { get; set; }

    /// <summary>For a cache: the database that it is made from if it is missing or broken.</summary>
    [Parameter(ParameterSetName = QuerySet)]
    [Parameter(ParameterSetName = BlockSet)]
    [ValidateNotNullOrEmpty]
    public string? RecoverFrom { get; set; }

    /// <summary>The one budget for all waiting, in seconds; 0 waits for ever. Else 60, and 0.5 for a cache.</summary>
    [Parameter]
    [ValidateRange(0.0, LongestDurations.WaitSec)]
    [Duration]
    public double TimeoutSec { get; set; }

    /// <summary>Most tries, the first included; 0, the default, means as many as fit into the time.</summary>
    [Parameter]
    [ValidateRange(0, 1000000)]
    public int MaxAttempts { get; set; }

    /// <summary>The first wait between two looks at a lock, in milliseconds, give or take half of it.</summary>
    [Parameter]
    [ValidateRange(0.0, LongestDurations.DelayMs)]
    [Duration(DurationAttribute.Ms)]
    public double InitialDelayMs { get; set; } = 1;

    /// <summary>The longest wait between two looks at a lock, in milliseconds: 8, and 50 without -Path.</summary>
    [Parameter]
    [ValidateRange(0.0, LongestDurations.DelayMs)]
    [Duration(DurationAttribute.Ms)]
    public double MaxDelayMs { get; set; }

    /// <summary>Longest wait for a lock within one try, in milliseconds; 0, the default, is as long as the time lasts.</summary>
    [Parameter(ParameterSetName = QuerySet)]
    [Parameter(ParameterSetName = MaintenanceSet)]
    [Parameter(ParameterSetName = BlockSet)]
    [ValidateRange(0.0, LongestDurations.DelayMs)]
    [Duration(DurationAttribute.Ms)]
    public double BusyTimeoutMs { get; set; }

    /// <summary>Do not queue at the file NAME.gate beside the database; SQLite's locks alone decide who is next.</summary>
    [Parameter(ParameterSetName = QuerySet)]
    [Parameter(ParameterSetName = MaintenanceSet)]
    [Parameter(ParameterSetName = BlockSet)]
    public SwitchParameter NoGate { get; set; }

    /// <summary>Use a write-ahead log on NFS, SMB, 9P or FUSE all the same; it may destroy the database.</summary>
    [Parameter(ParameterSetName = QuerySet)]
    [Parameter(ParameterSetName = MaintenanceSet)]
    [Parameter(ParameterSetName = BlockSet)]
    public SwitchParameter AllowNetworkFileSystem { get; set; }

    /// <summary>Enforce foreign keys. SQLite does not unless told, and cannot be told within a transaction.</summary>
    [Parameter(ParameterSetName = QuerySet)]
    [Parameter(ParameterSetName = BlockSet)]
    public SwitchParameter ForeignKeys { get; set; }

    /// <summary>
    /// Prepares each new connection before its first transaction, and may run again with another try:
    /// param($connection) $connection.CreateFunction(…). The connection is that of Microsoft.Data.Sqlite.
    /// </summary>
    [Parameter(ParameterSetName = QuerySet)]
    [Parameter(ParameterSetName = MaintenanceSet)]
    [Parameter(ParameterSetName = BlockSet)]
    [ValidateNotNull]
    public ScriptBlock? Initialize { get; set; }

    /// <summary>Let -Initialize and the block load extensions of SQLite, which are native code, into this process.</summary>
    [Parameter(ParameterSetName = QuerySet)]
    [Parameter(ParameterSetName = MaintenanceSet)]
    [Parameter(ParameterSetName = BlockSet)]
    public SwitchParameter AllowExtension { get; set; }

    /// <summary>
    /// Run VACUUM and PRAGMA without a transaction, one after the other. Each takes effect by itself, and the outcome is Completed.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = MaintenanceSet)]
    public SwitchParameter NoTransaction { get; set; }

    /// <summary>Return an object with Outcome, Attempts, WaitedSec, Value and Failure instead of the output.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }
}
