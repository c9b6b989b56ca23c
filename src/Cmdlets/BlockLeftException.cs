using System;
using System.Runtime.ExceptionServices;
using ProcessDedup.Messages;

namespace ProcessDedup.Cmdlets;

/// <summary>A block was left by <c>break</c>, <c>continue</c> or <c>exit</c>, as if what it is for was done.</summary>
internal sealed class BlockLeftException(Exception how) : Exception(Messages.Message.Of(Key.BlockLeft), how)
{
    /// <summary>By <c>exit</c>: the caller's script was meant to end.</summary>
    public bool IsExit => !IsLoopExit(InnerException!);

    /// <summary>By <c>break</c> or <c>continue</c>, which PowerShell has exceptions for that are not public.</summary>
    public static bool IsLoopExit(Exception e) => e.GetType().FullName is
        "System.Management.Automation.BreakException" or "System.Management.Automation.ContinueException";

    /// <summary>Leaves the caller's script as well.</summary>
    public void GoOn() => ExceptionDispatchInfo.Throw(InnerException!);
}
