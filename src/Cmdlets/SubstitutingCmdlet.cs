using System;
using System.Linq;
using System.Management.Automation;
using ProcessDedup.Artifacts;
using ProcessDedup.Retry;
using ProcessDedup.Substituters;

namespace ProcessDedup.Cmdlets;

/// <summary>What every cmdlet has that may get an artifact from a substituter.</summary>
public abstract class SubstitutingCmdlet : ArtifactTransferCmdlet
{
    /// <summary>
    /// Other stores that are asked, in this order, before anything is built: directories or shares, http(s) addresses,
    /// s3://bucket/prefix?region=…&amp;endpoint=…; with ?trusted=true at its end one needs no signatures.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Substituter { get; set; }

    /// <summary>
    /// PEM files with public keys (ECDSA, P-256): what a substituter has must be signed by one of them. Without any, no
    /// signature is asked for.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? TrustedKey { get; set; }

    /// <summary>For how many seconds a substituter may keep silent before it counts as dead; 0 is for ever.</summary>
    [Parameter]
    [ValidateRange(0, LongestDurations.SubstituterSec)]
    [Duration]
    public double SubstituterTimeoutSec { get; set; } = new SubstituterOptions().ConnectTimeout.TotalSeconds;

    /// <summary>For how many seconds all processes leave a dead substituter alone.</summary>
    [Parameter]
    [ValidateRange(0, LongestDurations.SubstituterSec)]
    [Duration]
    public double SubstituterPauseSec { get; set; } = new SubstituterOptions().Pause.TotalSeconds;

    /// <summary>For how many seconds all processes remember that a substituter has not got an artifact.</summary>
    [Parameter]
    [ValidateRange(0, LongestDurations.SubstituterSec)]
    [Duration]
    public double NegativeTtlSec { get; set; } = new SubstituterOptions().NegativeTtl.TotalSeconds;

    private protected ArtifactRequest SubstitutingRequest(ArtifactKey key) => Request(key) with
    {
        Substituters = OrThrow(() => new SubstituterOptions
        {
            Addresses = (Substituter ?? []).Select(s => SubstituterText.Resolve(s, FileSystemPath)).ToList(),
            TrustedKeys = (TrustedKey ?? []).Select(FileSystemPath).ToList(),
            ConnectTimeout = TimeSpan.FromSeconds(SubstituterTimeoutSec),
            Pause = TimeSpan.FromSeconds(SubstituterPauseSec),
            NegativeTtl = TimeSpan.FromSeconds(NegativeTtlSec),
        }),
    };
}
