using System;
using System.Management.Automation;

namespace ProcessDedup.Cmdlets;

/// <summary>
/// $LASTEXITCODE while a block runs: 0 until a program of the block has ended, and then that program's.
/// </summary>
internal sealed class LastExitCode : IDisposable
{
    private const string Name = "global:LASTEXITCODE";

    private readonly PSVariableIntrinsics _variables;
    private readonly object? _before;

    // An object of its own, so that a program's 0 is told from it.
    private readonly object _none = 0;
    private bool _isKept;

    public LastExitCode(PSCmdlet cmdlet)
    {
        _variables = cmdlet.SessionState.PSVariable;
        _before = _variables.GetValue(Name);
        _variables.Set(Name, _none);
    }

    /// <summary>Of the last program that the block has run; 0 if it ran none.</summary>
    public int Value => _variables.GetValue(Name) is int code ? code : 0;

    /// <summary>The caller is to see it, if there was a program: the block ran here whatever other processes do.</summary>
    public void Keep() => _isKept = !ReferenceEquals(_variables.GetValue(Name), _none);

    /// <summary>What the caller had before is there again.</summary>
    public void Dispose()
    {
        if (_isKept)
            return;
        if (_before is null)
            _variables.Remove(Name);
        else
            _variables.Set(Name, _before);
    }
}
