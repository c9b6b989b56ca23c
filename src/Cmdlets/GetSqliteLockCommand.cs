using System.Management.Automation;
using ProcessDedup.Sqlite;

namespace ProcessDedup.Cmdlets;

/// <summary>Shows who has which lock on an SQLite database, without opening it.</summary>
[Cmdlet(VerbsCommon.Get, "SqliteLock")]
[OutputType(typeof(SqliteLockStatus))]
public sealed class GetSqliteLockCommand : DedupCmdlet
{
    /// <summary>The database files.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LiteralPath", "LP")]
    [AllowEmptyString]
    public string[] Path { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string path in Path)
            WriteObject(OrThrow(() => SqliteLockInspector.Inspect(FileSystemPath(path))));
    }

    private protected override DedupException NoFilePath(string path) => SqliteFailures.NoFilePath(path);
}
