using System;
using System.Management.Automation;
using ProcessDedup.Report;

namespace ProcessDedup.Cmdlets;

/// <summary>Shows what was fetched, shared and waited for, by key and over time.</summary>
[Cmdlet(VerbsCommon.Get, "DedupReport")]
[OutputType(typeof(DedupReport))]
public sealed class GetDedupReportCommand : FetchCmdlet
{
    /// <summary>Count what came after this moment; without it as far as the journal goes back (30 days).</summary>
    [Parameter(Position = 0)]
    public DateTime? Since { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing() => WriteObject(OrThrow(() => Cache().Report(SinceMoment.Of(Since))));
}
