using System;
using System.IO;
using System.Management.Automation;
using ProcessDedup.Messages;
using ProcessDedup.Report;

namespace ProcessDedup.Cmdlets;

/// <summary>Writes what was fetched, shared and waited for as one HTML page that needs nothing else.</summary>
[Cmdlet(VerbsData.Export, "DedupReport", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportDedupReportCommand : FetchCmdlet
{
    /// <summary>The file. What is there is replaced, whole or not at all.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("LiteralPath", "LP")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = string.Empty;

    /// <summary>Count what came after this moment; without it as far as the journal goes back (30 days).</summary>
    [Parameter]
    public DateTime? Since { get; set; }

    /// <summary>Do not replace a file that is there.</summary>
    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>Replace also a file that is read-only.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Return the file.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        string file = OrThrow(() => FileSystemPath(Path));
        var there = new FileInfo(file);
        if (there.Exists && NoClobber)
            ThrowTerminatingError(CmdletFailures.FileExists(file));
        // Replacing goes by the directory's permissions, which would pass over what the file says.
        if (there is { Exists: true, IsReadOnly: true } && !Force)
            ThrowTerminatingError(CmdletFailures.FileIsReadOnly(file));
        DedupReport report = OrThrow(() => Cache().Report(SinceMoment.Of(Since)));
        if (!ShouldProcess(file, Message.Of(Key.ActionWriteReport)))
            return;
        if (there is { Exists: true, IsReadOnly: true })
            there.IsReadOnly = false;
        string written = OrThrow(() => ReportFile.Write(report, file));
        if (PassThru)
            WriteObject(new FileInfo(written));
    }
}
