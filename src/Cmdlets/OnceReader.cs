using System.Collections.Generic;
using System.Management.Automation;

namespace ProcessDedup.Cmdlets;

/// <summary>
/// Keeps what a block of Invoke-Once gives until it is published; all else is shown as it comes, where the block runs.
/// </summary>
internal sealed class OnceReader(PSCmdlet cmdlet) : BlockReader
{
    private readonly List<PSObject?> _objects = [];

    public IReadOnlyList<PSObject?> Objects => _objects;

    /// <summary>For those who wait, should the block fail.</summary>
    public PrintedLines Printed { get; } = new();

    public override void Output(object? item)
    {
        _objects.Add(item is null ? null : PSObject.AsPSObject(item));
        if (item is string or PSObject { BaseObject: string })
            Printed.Add(item);
    }

    public override void StandardError(ErrorRecord line)
    {
        Printed.Add(line);
        BlockErrors.WriteStandardError(cmdlet, line);
    }

    public override void Error(ErrorRecord error)
    {
        Printed.Add(error);
        BlockErrors.Write(cmdlet, error);
    }

    public override void Warning(WarningRecord warning)
    {
        Printed.Add(warning);
        cmdlet.WriteWarning(warning.Message);
    }

    public override void Information(InformationRecord information)
    {
        Printed.Add(information);
        BlockInformation.Write(cmdlet, information);
    }
}
