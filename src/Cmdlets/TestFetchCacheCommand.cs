using System.Collections.Generic;
using System.Management.Automation;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;
using ProcessDedup.Store;

namespace ProcessDedup.Cmdlets;

/// <summary>Reads what is cached and compares it with its digest. What is broken is put into quarantine.</summary>
[Cmdlet(VerbsDiagnostic.Test, "FetchCache")]
[OutputType(typeof(VerifiedItem), typeof(bool))]
public sealed class TestFetchCacheCommand : CacheEntriesCmdlet
{
    private bool _isSound = true;

    /// <summary>Only say whether all of it is there and sound.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        // What is not there, and what is no entry at all, is not sound either.
        if (Wanted() is not { } wanted)
        {
            _isSound = false;
            return;
        }

        FetchCache cache = Cache();
        _isSound &= TryChoose(wanted, cache, out IReadOnlyList<CachedItem> chosen);
        CacheCheck check = cache.BeginCheck();
        foreach (CachedItem item in chosen)
        {
            VerifiedItem result = OrThrow(() => check.Verify(item, StopToken));
            _isSound &= result.State == ContentState.Sound;
            if (result.State != ContentState.Sound)
                WriteWarning(Message.Of(Messages.Key.NoticeFetchedAnew, item.Source, result.State.ToString().ToLowerInvariant(), result.Detail));
            if (!Quiet)
                WriteObject(result);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Quiet)
            WriteObject(_isSound);
    }
}
