using System.Collections;
using System.Management.Automation;

namespace ProcessDedup.Cmdlets;

/// <summary>
/// Where $Error began before an attempt. An attempt that another one follows leaves nothing, also not its errors there: a script
/// that looks at $Error afterwards would take a success for a failure.
/// </summary>
internal sealed class ErrorListMark
{
    private readonly ArrayList? _errors;
    private readonly object? _first;
    private readonly int _count;

    public ErrorListMark(PSCmdlet cmdlet)
    {
        _errors = cmdlet.SessionState.PSVariable.GetValue("global:Error") as ArrayList;
        _count = _errors?.Count ?? 0;
        _first = _count > 0 ? _errors![0] : null;
    }

    /// <summary>Removes what has come since.</summary>
    public void Restore()
    {
        // Where the list is full, or was cleared meanwhile, what was the first may be gone.
        if (_errors is null || _errors.Count <= _count)
            return;
        int added = _first is null ? _errors.Count : _errors.IndexOf(_first);
        if (added > 0)
            _errors.RemoveRange(0, added);
    }
}
