using System;
using System.Management.Automation;

namespace ProcessDedup.Cmdlets;

/// <summary>
/// One run of a caller's block whose result is published, committed or tried again: only as a whole, or not at all.
/// </summary>
/// <remarks>
/// <para>The block sees the caller's preferences, as the same lines would. What it writes goes to a <see cref="BlockReader"/>,
/// output apart from error, warning and information records: a record that is the block's output (<c>2>&amp;1</c>, <c>catch { $_ }</c>) stays output.</para>
/// <para>It fails with an error that ends a statement (as within <c>try</c>), and, where the caller's preference is Stop,
/// with the first error record that reaches the cmdlet. Standard error of a program is no error, whatever the preference.</para>
/// </remarks>
internal sealed class BlockRun
{
    // In the caller's scope, hence the odd names. The inner pipeline takes the output away before the streams are merged.
    // catch hands the error to a command: "throw" would be passed over where $ErrorActionPreference is SilentlyContinue.
    private const string Body =
        "param(${__ProcessDedup_block}, ${__ProcessDedup_arguments}, ${__ProcessDedup_reader}, ${__ProcessDedup_commands}) "
        + ". { try { @@ } catch { & ${__ProcessDedup_commands}[2] -Reader ${__ProcessDedup_reader} -Failure $_ } } 2>&1 3>&1 6>&1 "
        + "| & ${__ProcessDedup_commands}[1] -Reader ${__ProcessDedup_reader}";

    private const string Call = "${__ProcessDedup_block} @__ProcessDedup_arguments | & ${__ProcessDedup_commands}[0] -Reader ${__ProcessDedup_reader}";

    // A steppable pipeline is one command, and does not merge errors itself.
    private const string Outer = "param($body, $block, $arguments, $reader, $commands) . $body $block $arguments $reader $commands";

    private static readonly string InCallersScope = Body.Replace("@@", ". " + Call, StringComparison.Ordinal);

    private static readonly string InOwnScope =
        Body.Replace("@@", "& { $ErrorActionPreference = 'Stop'; & " + Call + " }", StringComparison.Ordinal);

    private static readonly string[] Variables =
        ["__ProcessDedup_block", "__ProcessDedup_arguments", "__ProcessDedup_reader", "__ProcessDedup_commands"];

    private readonly PSCmdlet _cmdlet;
    private readonly ScriptBlock _block;
    private readonly object[] _arguments;

    public BlockRun(PSCmdlet cmdlet, ScriptBlock block, object[]? arguments)
    {
        _cmdlet = cmdlet;
        _block = block;
        _arguments = arguments ?? [];
    }

    /// <summary>
    /// It sees the caller's variables and changes none of them, and every error ends it; else it is dot-sourced.
    /// </summary>
    public bool HasOwnScope { get; init; }

    /// <summary>Runs it to its end; null if it went well, else why it failed.</summary>
    /// <exception cref="PipelineStoppedException">The pipeline is being ended.</exception>
    /// <exception cref="BlockLeftException">By <c>break</c>, <c>continue</c> or <c>exit</c>.</exception>
    public ErrorRecord? Run(BlockReader reader)
    {
        reader.Attach(_cmdlet, HasOwnScope);
        // A block that runs another one in the same scope must find its own again.
        object?[] before = Array.ConvertAll(Variables, name => _cmdlet.SessionState.PSVariable.Get("local:" + name)?.Value);
        try
        {
            Start(reader);
        }
        catch (RuntimeException) when (reader.Failure is not null)
        {
            // How the reader ended the pipeline.
        }
        catch (RuntimeException e) when (e is not PipelineStoppedException)
        {
            return e.ErrorRecord;
        }
        catch (Exception e) when (e is not RuntimeException && e.GetType().Namespace == typeof(PSCmdlet).Namespace)
        {
            // Exceptions by which PowerShell leaves loops and scripts: the caller would go on as if all was done.
            throw new BlockLeftException(e);
        }
        finally
        {
            Restore(before);
        }

        return reader.Failure;
    }

    private void Start(BlockReader reader)
    {
        if (_cmdlet.SessionState.LanguageMode != PSLanguageMode.FullLanguage)
        {
            // There a steppable pipeline has no variables; its verbose and debug lines are what this way does not redirect.
            _cmdlet.InvokeCommand.InvokeScript(
                useLocalScope: false, ScriptBlock.Create(HasOwnScope ? InOwnScope : InCallersScope), input: null,
                _block, _arguments, reader, BlockCommands.All());
            return;
        }

        using SteppablePipeline pipeline = Full.Outer.GetSteppablePipeline(
            _cmdlet.MyInvocation.CommandOrigin, [HasOwnScope ? Full.InOwnScope : Full.InCallersScope, _block, _arguments, reader, BlockCommands.All()]);
        pipeline.Begin(_cmdlet);
        pipeline.Process();
        pipeline.End();
    }

    private void Restore(object?[] before)
    {
        for (int i = 0; i < Variables.Length; i++)
        {
            if (before[i] is null)
                _cmdlet.SessionState.PSVariable.Remove("local:" + Variables[i]);
            else
                _cmdlet.SessionState.PSVariable.Set("local:" + Variables[i], before[i]);
        }
    }

    // A block keeps the language mode that it was made in: these are made where that is the full one.
    private static class Full
    {
        public static readonly ScriptBlock Outer = ScriptBlock.Create(BlockRun.Outer);
        public static readonly ScriptBlock InCallersScope = ScriptBlock.Create(BlockRun.InCallersScope);
        public static readonly ScriptBlock InOwnScope = ScriptBlock.Create(BlockRun.InOwnScope);
    }
}
