using System;
using System.IO;
using System.Management.Automation;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;
using ProcessDedup.Report;

namespace ProcessDedup.Cmdlets;

/// <summary>Shows what was fetched, shared and waited for: as an object, or as an HTML page that needs nothing else.</summary>
[Cmdlet(VerbsCommon.Get, "DedupReport", SupportsShouldProcess = true)]
[OutputType(typeof(DedupReport), typeof(FileInfo))]
public sealed class GetDedupReportCommand : FetchCmdlet
{
    /// <summary>Write the page to this file, and return the file. What is there is replaced.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string? OutFile { get; set; }

    /// <summary>Count what came after this moment; without it as far as the journal goes back (30 days).</summary>
    [Parameter]
    public DateTime? Since { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        string? file = OutFile is null ? null : OrThrow(() => FileSystemPath(OutFile));
        FetchCache cache = Cache();
        DedupReport report = OrThrow(() => cache.Report(Since is { } moment ? Moment(moment) : DateTimeOffset.MinValue));
        if (file is null)
            WriteObject(report);
        else if (ShouldProcess(file, Message.Of(Key.ActionWriteReport)))
            WriteObject(new FileInfo(OrThrow(() => ReportFile.Write(report, file))));
    }

    // Near the first and the last day of the calendar a time zone may lead out of it.
    private static DateTimeOffset Moment(DateTime moment)
    {
        try
        {
            return new DateTimeOffset(moment);
        }
        catch (ArgumentOutOfRangeException)
        {
            return moment.Year < 2 ? DateTimeOffset.MinValue : DateTimeOffset.MaxValue;
        }
    }
}
