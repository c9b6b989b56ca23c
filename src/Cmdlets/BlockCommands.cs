using System.Management.Automation;

namespace ProcessDedup.Cmdlets;

/// <summary>
/// Commands that read what a block writes. They have no [Cmdlet], so that the module does not export them. A cmdlet can be
/// called in ConstrainedLanguage, where a method cannot.
/// </summary>
internal static class BlockCommands
{
    /// <summary>For output, for records of other streams, and for the error that ended the block.</summary>
    public static object[] All() =>
    [
        new CmdletInfo("Read-BlockOutput", typeof(ReadBlockOutputCommand)),
        new CmdletInfo("Read-BlockRecord", typeof(ReadBlockRecordCommand)),
        new CmdletInfo("Read-BlockFailure", typeof(ReadBlockFailureCommand)),
    ];
}

/// <summary>Takes what a block gives.</summary>
internal sealed class ReadBlockOutputCommand : Cmdlet
{
    [Parameter(Mandatory = true)]
    public BlockReader? Reader { get; set; }

    [Parameter(ValueFromPipeline = true)]
    [AllowNull]
    public object? InputObject { get; set; }

    protected override void ProcessRecord() => Reader!.Output(InputObject);
}

/// <summary>Takes error, warning and information records of a block.</summary>
internal sealed class ReadBlockRecordCommand : Cmdlet
{
    [Parameter(Mandatory = true)]
    public BlockReader? Reader { get; set; }

    [Parameter(ValueFromPipeline = true)]
    [AllowNull]
    public PSObject? InputObject { get; set; }

    protected override void ProcessRecord()
    {
        if (InputObject?.BaseObject is { } record && !Reader!.Take(record))
            ThrowTerminatingError(Reader.Failure);
    }
}

/// <summary>Takes the error that ended a block.</summary>
internal sealed class ReadBlockFailureCommand : Cmdlet
{
    [Parameter(Mandatory = true)]
    public BlockReader? Reader { get; set; }

    [Parameter(Mandatory = true)]
    public ErrorRecord? Failure { get; set; }

    protected override void ProcessRecord() => Reader!.Fail(Failure!);
}
