using System;
using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Management.Automation;
using System.Reflection;

namespace ProcessDedup.Cmdlets;

/// <summary>Writes errors of a block to the cmdlet's error stream as the block wrote them.</summary>
internal static class BlockErrors
{
    // WriteError makes an error this cmdlet's own: another id, another position, and for a line that a program wrote to standard
    // error an error that $ErrorActionPreference applies to. What PowerShell itself uses for such lines is not public.
    private static readonly MethodInfo? WriteAsIs = typeof(Cmdlet).Assembly
        .GetType("System.Management.Automation.MshCommandRuntime")?.GetMethod(
            "_WriteErrorSkipAllowCheck", BindingFlags.Instance | BindingFlags.NonPublic, null,
            [typeof(ErrorRecord), typeof(ActionPreference?), typeof(bool)], null);

    /// <summary>An error that did not end the block.</summary>
    public static void Write(PSCmdlet cmdlet, ErrorRecord error)
    {
        // It has passed the preference that was in force where it was written; only -ErrorAction is about it once more.
        bool isAsked = cmdlet.MyInvocation.BoundParameters.ContainsKey("ErrorAction");
        if (!TryWriteAsIs(cmdlet, error, isAsked ? null : ActionPreference.Continue))
            cmdlet.WriteError(error);
    }

    /// <summary>A line of a program; no error for the caller's preference, nor for $Error.</summary>
    public static void WriteStandardError(PSCmdlet cmdlet, ErrorRecord line)
    {
        if (!TryWriteAsIs(cmdlet, line, ActionPreference.Continue))
            Console.Error.WriteLine(line.ToString());
        else if (cmdlet.SessionState.PSVariable.GetValue("global:Error") is ArrayList { Count: > 0 } errors && ReferenceEquals(errors[0], line))
            errors.RemoveAt(0);
    }

    /// <summary>
    /// Ends the cmdlet with what ended its block. What <c>throw</c> or -ErrorAction Stop would have ended outside of the cmdlet,
    /// the script, ends here too; <c>ThrowTerminatingError</c> would end the statement alone.
    /// </summary>
    /// <param name="cmdlet">The cmdlet.</param>
    /// <param name="error">What it ends with.</param>
    /// <param name="cause">What ended the block; without it the error itself.</param>
    [DoesNotReturn]
    public static void Throw(PSCmdlet cmdlet, ErrorRecord error, ErrorRecord? cause = null)
    {
        bool endsScript = (cause ?? error).Exception is RuntimeException { WasThrownFromThrowStatement: true }
            || cmdlet.MyInvocation.BoundParameters.TryGetValue("ErrorAction", out object? given)
            && LanguagePrimitives.TryConvertTo(given, out ActionPreference preference) && preference == ActionPreference.Stop;
        if (endsScript)
            throw new RuntimeException(error.Exception.Message, error.Exception, Named(cmdlet, error)) { WasThrownFromThrowStatement = true };
        cmdlet.ThrowTerminatingError(error);
        throw error.Exception;
    }

    // An error of the block is as it was; one of the cmdlet has its name in the id, as ThrowTerminatingError would write it.
    private static ErrorRecord Named(PSCmdlet cmdlet, ErrorRecord error) =>
        error.InvocationInfo is not null || error.Exception is RuntimeException { WasThrownFromThrowStatement: true } ? error
        : new ErrorRecord(
            error.Exception, error.FullyQualifiedErrorId + "," + cmdlet.GetType().FullName, error.CategoryInfo.Category, error.TargetObject)
        {
            ErrorDetails = error.ErrorDetails,
        };

    /// <summary>
    /// Ends the script with the failure of a block that runs with $ErrorActionPreference = 'Stop', as such a block itself would.
    /// </summary>
    [DoesNotReturn]
    public static void ThrowFromBlock(PSCmdlet cmdlet, DedupException failure) =>
        Throw(cmdlet, DedupErrorRecords.From(failure), new ErrorRecord(
            new RuntimeException { WasThrownFromThrowStatement = true }, failure.ErrorId, ErrorCategory.NotSpecified, null));

    private static bool TryWriteAsIs(PSCmdlet cmdlet, ErrorRecord error, ActionPreference? preference)
    {
        if (WriteAsIs is null || !WriteAsIs.DeclaringType!.IsInstanceOfType(cmdlet.CommandRuntime))
            return false;
        WriteAsIs.Invoke(cmdlet.CommandRuntime, BindingFlags.DoNotWrapExceptions, null, [error, preference, false], null);
        return true;
    }
}
