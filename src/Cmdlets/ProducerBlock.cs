using System;
using System.Management.Automation;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;

namespace ProcessDedup.Cmdlets;

/// <summary>Runs the block that fills a staging directory. It must succeed as a whole: half of it would be published.</summary>
internal sealed class ProducerBlock(PSCmdlet cmdlet, ScriptBlock block, object[] arguments, Action? printed = null)
{
    /// <exception cref="FetchException"><see cref="FetchError.ProducerFailed"/></exception>
    public void Fill(string name, string directory)
    {
        // The block may not have run at all as far as the caller is concerned: another process did.
        using var exitCode = new LastExitCode(cmdlet);
        var lines = new PrintedLines();
        using var progress = new BlockProgress(cmdlet, name);
        PathInfo location = cmdlet.SessionState.Path.CurrentLocation;
        int pushed = cmdlet.SessionState.Path.LocationStack(string.Empty).Count;
        try
        {
            var run = new BlockRun(cmdlet, block, [directory, .. arguments]) { HasOwnScope = true };
            if (run.Run(new Reader(cmdlet, lines, progress, printed)) is { } failure)
                // What the preference "Stop" adds to the message says nothing about the block.
                throw FetchFailures.BlockFailed(name, failure.Exception.Message, lines.Lines, failure.Exception);
        }
        catch (BlockLeftException e)
        {
            throw FetchFailures.BlockFailed(name, e.Message, lines.Lines, e.InnerException);
        }
        finally
        {
            // The staging directory is about to be renamed or removed: the caller must not be left in it, nor find it on its stack.
            while (cmdlet.SessionState.Path.LocationStack(string.Empty).Count > pushed)
                cmdlet.SessionState.Path.PopLocation(string.Empty);
            if (cmdlet.SessionState.Path.CurrentLocation.Path != location.Path)
                cmdlet.SessionState.Path.SetLocation(WildcardPattern.Escape(location.Path));
        }

        if (exitCode.Value is not 0 and int code)
            throw FetchFailures.BlockFailed(name, Message.Of(Key.BlockExitCode, code), lines.Lines);
    }

    /// <summary>What the block prints: shown with -Verbose, and its last lines in the error if it fails.</summary>
    private sealed class Reader(PSCmdlet cmdlet, PrintedLines lines, BlockProgress progress, Action? printed) : BlockReader
    {
        public override void Output(object? item) => Add(item);

        public override void StandardError(ErrorRecord line) => Add(line);

        public override void Error(ErrorRecord error) => Add(error);

        public override void Warning(WarningRecord warning) => Add(warning);

        public override void Information(InformationRecord information) => Add(information);

        private void Add(object? item)
        {
            string text = item?.ToString() ?? string.Empty;
            cmdlet.WriteVerbose(text);
            progress.Line(text);
            printed?.Invoke();
            lines.Add(item);
        }
    }
}
