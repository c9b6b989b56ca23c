using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;

namespace ProcessDedup.Cmdlets;

/// <summary>Runs the block that fills a staging directory. It must succeed as a whole: half of it would be published.</summary>
internal sealed class ProducerBlock(PSCmdlet cmdlet, ScriptBlock block, object[] arguments, Action? printed = null)
{
    private const int ShownLines = 20;
    private const string ExitCode = "global:LASTEXITCODE";

    // A child scope, so that the preference is the block's alone; "*>&1" so that what it prints is not a result.
    private const string Wrapper =
        "param(${__ProcessDedup_block}, ${__ProcessDedup_arguments}, ${__ProcessDedup_sink}) "
        + "$ErrorActionPreference = 'Stop'; "
        + "try { & ${__ProcessDedup_block} @__ProcessDedup_arguments *>&1 | & { process { ${__ProcessDedup_sink}.Add($_) } } } catch { throw }";

    /// <exception cref="FetchException"><see cref="FetchError.ProducerFailed"/></exception>
    public void Fill(string name, string directory)
    {
        PSVariableIntrinsics variables = cmdlet.SessionState.PSVariable;
        object? before = variables.GetValue(ExitCode);
        try
        {
            Run(name, directory, variables);
        }
        finally
        {
            // The block may not have run at all as far as the caller is concerned: another process did.
            variables.Set(ExitCode, before);
        }
    }

    private void Run(string name, string directory, PSVariableIntrinsics variables)
    {
        var sink = new Sink(cmdlet, printed);
        variables.Set(ExitCode, 0);
        try
        {
            cmdlet.InvokeCommand.InvokeScript(
                useLocalScope: true, ScriptBlock.Create(Wrapper), input: null, block, new object[] { directory }.Concat(arguments).ToArray(), sink);
        }
        catch (RuntimeException e) when (e is not PipelineStoppedException)
        {
            // What the preference "Stop" adds to the message says nothing about the block.
            throw Failed(name, e.ErrorRecord?.Exception?.Message ?? e.Message, sink, e);
        }

        catch (Exception e) when (e is not PipelineStoppedException && e.GetType().Namespace == typeof(PSCmdlet).Namespace)
        {
            // Exceptions by which PowerShell leaves loops and scripts; their text is "System error."
            throw Failed(name, Message.Of(Key.BlockLeft), sink, e);
        }

        if (variables.GetValue(ExitCode) is int code and not 0)
            throw Failed(name, Message.Of(Key.BlockExitCode, code), sink, null);
    }

    private static FetchException Failed(string name, string cause, Sink sink, Exception? inner) =>
        FetchFailures.BlockFailed(name, cause, sink.Lines, inner);

    /// <summary>What the block prints: shown with -Verbose, and its last lines in the error if it fails.</summary>
    private sealed class Sink(PSCmdlet cmdlet, Action? printed)
    {
        private readonly Queue<string> _lines = new();

        public Queue<string> Lines => _lines;

        public void Add(object? item)
        {
            string line = item?.ToString() ?? string.Empty;
            cmdlet.WriteVerbose(line);
            printed?.Invoke();
            if (string.IsNullOrWhiteSpace(line))
                return;
            _lines.Enqueue(line.Trim());
            if (_lines.Count > ShownLines)
                _lines.Dequeue();
        }
    }
}
