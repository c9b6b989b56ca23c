using System;
using System.Collections.Generic;
using System.Management.Automation;

namespace ProcessDedup.Cmdlets;

/// <summary>
/// A block of Invoke-WithFileLock where the language is constrained and a steppable pipeline has no variables: it gets its
/// input at once, at the end, and what it writes still comes as it is made.
/// </summary>
internal sealed class ConstrainedBlock(PSCmdlet cmdlet, ScriptBlock block, object[] arguments, Action<object?> output)
{
    private const string Body =
        "param(${__ProcessDedup_block}, ${__ProcessDedup_arguments}, ${__ProcessDedup_reader}, ${__ProcessDedup_commands}, ${__ProcessDedup_input}) "
        + ". { @@ . ${__ProcessDedup_block} @__ProcessDedup_arguments | & ${__ProcessDedup_commands}[0] -Reader ${__ProcessDedup_reader} } "
        + "2>&1 3>&1 6>&1 | & ${__ProcessDedup_commands}[1] -Reader ${__ProcessDedup_reader}";

    private static readonly string[] Variables =
        ["__ProcessDedup_block", "__ProcessDedup_arguments", "__ProcessDedup_reader", "__ProcessDedup_commands", "__ProcessDedup_input"];

    private readonly List<object?> _input = [];

    public void Add(object? item) => _input.Add(item);

    public void Run()
    {
        string body = Body.Replace(
            "@@", cmdlet.MyInvocation.ExpectingInput ? "${__ProcessDedup_input} |" : string.Empty, StringComparison.Ordinal);
        try
        {
            cmdlet.InvokeCommand.InvokeScript(
                useLocalScope: false, ScriptBlock.Create(body), input: null,
                block, arguments, new Reader(cmdlet, output), BlockCommands.All(), _input.ToArray());
        }
        finally
        {
            foreach (string name in Variables)
                cmdlet.SessionState.PSVariable.Remove("local:" + name);
        }
    }

    private sealed class Reader(PSCmdlet cmdlet, Action<object?> output) : BlockReader
    {
        public override void Output(object? item) => output(item);

        public override void StandardError(ErrorRecord line) => BlockErrors.WriteStandardError(cmdlet, line);

        public override void Error(ErrorRecord error) => BlockErrors.Write(cmdlet, error);

        public override void Warning(WarningRecord warning) => cmdlet.WriteWarning(warning.Message);

        public override void Information(InformationRecord information) => BlockInformation.Write(cmdlet, information);
    }
}
