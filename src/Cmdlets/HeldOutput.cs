using System;
using System.Collections.Generic;
using System.Management.Automation;

namespace ProcessDedup.Cmdlets;

/// <summary>Keeps what a block writes, in its order, until it is known whether that is to be seen.</summary>
internal sealed class HeldOutput : BlockReader
{
    private readonly List<(bool IsObject, Action<PSCmdlet> Write)> _writes = [];
    private readonly List<PSObject?> _output = [];
    private readonly List<string> _standardError = [];
    private readonly List<ErrorRecord> _errors = [];

    /// <summary>What the block gave.</summary>
    public IReadOnlyList<PSObject?> Objects => _output;

    /// <summary>Errors that did not end the block.</summary>
    public IReadOnlyList<ErrorRecord> ErrorRecords => _errors;

    /// <summary>What programs wrote to standard error.</summary>
    public IReadOnlyList<string> StandardErrorLines => _standardError;

    public override void Output(object? item)
    {
        PSObject? wrapped = item is null ? null : PSObject.AsPSObject(item);
        _output.Add(wrapped);
        _writes.Add((true, cmdlet => cmdlet.WriteObject(wrapped)));
    }

    public override void StandardError(ErrorRecord line)
    {
        _standardError.Add(line.ToString());
        Record(cmdlet => BlockErrors.WriteStandardError(cmdlet, line));
    }

    public override void Error(ErrorRecord error)
    {
        _errors.Add(error);
        Record(cmdlet => BlockErrors.Write(cmdlet, error));
    }

    public override void Warning(WarningRecord warning) => Record(cmdlet => cmdlet.WriteWarning(warning.Message));

    public override void Information(InformationRecord information) => Record(cmdlet => BlockInformation.Write(cmdlet, information));

    /// <summary>Writes all of it to the streams that it was written to; the objects only if they are wanted.</summary>
    public void WriteTo(PSCmdlet cmdlet, bool objects = true)
    {
        foreach ((bool isObject, Action<PSCmdlet> write) in _writes)
        {
            if (objects || !isObject)
                write(cmdlet);
        }
    }

    private void Record(Action<PSCmdlet> write) => _writes.Add((false, write));
}
