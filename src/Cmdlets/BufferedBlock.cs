using System.Collections.ObjectModel;
using System.Management.Automation;

namespace ProcessDedup.Cmdlets;

/// <summary>
/// Runs a block of the caller's and keeps back what it writes (output, errors, warnings, information, in their order)
/// until it is known whether that is to be seen.
/// </summary>
internal static class BufferedBlock
{
    // The catch that rethrows is what makes exceptions of .NET methods reach the caller of the block at all.
    private const string Wrapper =
        "param(${__ProcessDedup_block}, ${__ProcessDedup_arguments}) "
        + "try { . ${__ProcessDedup_block} @__ProcessDedup_arguments 2>&1 3>&1 6>&1 } catch { throw }";

    private static readonly string[] WrapperVariables = ["__ProcessDedup_block", "__ProcessDedup_arguments"];

    /// <summary>Runs it in the caller's scope.</summary>
    /// <exception cref="RuntimeException">It failed.</exception>
    public static Collection<PSObject> Run(PSCmdlet cmdlet, ScriptBlock block, object[] arguments)
    {
        try
        {
            return cmdlet.InvokeCommand.InvokeScript(
                useLocalScope: false, ScriptBlock.Create(Wrapper), input: null, block, arguments);
        }
        finally
        {
            foreach (string name in WrapperVariables)
                cmdlet.SessionState.PSVariable.Remove(name);
        }
    }

    /// <summary>Is it output, and not a record of another stream?</summary>
    public static bool IsOutput(PSObject? item) => item?.BaseObject is not (ErrorRecord or WarningRecord or InformationRecord);

    /// <summary>Writes an item to the stream that it came from.</summary>
    public static void Write(Cmdlet cmdlet, PSObject? item)
    {
        switch (item?.BaseObject)
        {
            case ErrorRecord error:
                cmdlet.WriteError(error);
                break;
            case WarningRecord warning:
                cmdlet.WriteWarning(warning.Message);
                break;
            case InformationRecord information:
                cmdlet.WriteInformation(information);
                break;
            default:
                cmdlet.WriteObject(item);
                break;
        }
    }
}
