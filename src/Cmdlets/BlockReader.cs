using System;
using System.Management.Automation;

namespace ProcessDedup.Cmdlets;

/// <summary>What becomes of what a block writes, and whether it has failed.</summary>
internal abstract class BlockReader
{
    private bool _stopsAtErrors;

    /// <summary>Null as long as nothing has failed.</summary>
    public ErrorRecord? Failure { get; private set; }

    /// <summary>An object that the block gave, of whatever type.</summary>
    public abstract void Output(object? item);

    /// <summary>A line that a program has written to standard error.</summary>
    public abstract void StandardError(ErrorRecord line);

    /// <summary>An error that did not end a statement of the block.</summary>
    public abstract void Error(ErrorRecord error);

    public abstract void Warning(WarningRecord warning);

    public abstract void Information(InformationRecord information);

    /// <summary>Before the block runs: within a function of it another preference would be seen.</summary>
    public void Attach(PSCmdlet cmdlet, bool stopsAtErrors) =>
        _stopsAtErrors = stopsAtErrors || Preference(cmdlet) == ActionPreference.Stop;

    /// <summary>Errors that end the block whatever the preference; null: none.</summary>
    public Func<ErrorRecord, bool>? EndsAt { get; init; }

    public void Fail(ErrorRecord failure) => Failure ??= failure;

    /// <summary>Takes a record of another stream than output.</summary>
    /// <returns>False if the block is to end now; <see cref="Failure"/> says why.</returns>
    public bool Take(object record)
    {
        switch (record)
        {
            case ErrorRecord error when IsStandardError(error):
                StandardError(error);
                break;
            case ErrorRecord error when _stopsAtErrors || EndsAt?.Invoke(error) == true:
                Fail(error);
                return false;
            case ErrorRecord error:
                Error(error);
                break;
            case WarningRecord warning:
                Warning(warning);
                break;
            case InformationRecord information:
                Information(information);
                break;
        }

        return true;
    }

    /// <summary>-ErrorAction, else the caller's preference, which in a function or a called script may be a string.</summary>
    public static ActionPreference Preference(PSCmdlet cmdlet)
    {
        object? value = cmdlet.MyInvocation.BoundParameters.TryGetValue("ErrorAction", out object? given)
            ? given : cmdlet.GetVariableValue("ErrorActionPreference");
        return LanguagePrimitives.TryConvertTo(value, out ActionPreference preference) ? preference : ActionPreference.Continue;
    }

    /// <summary>PowerShell marks what a program writes to standard error by these ids and no command's name.</summary>
    public static bool IsStandardError(ErrorRecord error) =>
        error.FullyQualifiedErrorId is "NativeCommandError" or "NativeCommandErrorMessage";
}
