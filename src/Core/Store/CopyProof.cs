using System;
using System.Threading;

namespace ProcessDedup.Store;

/// <summary>
/// Shows of a copy that it is what the manifest says without reading it: its originals were read in this boot, and were
/// neither before nor after the copy other than they were then. Where that cannot be shown, the originals are read once for
/// all that copy them at the same time.
/// </summary>
/// <param name="known">What is known of the store's trees.</param>
/// <param name="tree">The directory in the store.</param>
/// <param name="manifest">What is in it.</param>
/// <param name="turn">
/// Takes the lock of this tree's verification; null: not to be had soon. It only saves work: whether a record holds is seen
/// in the files.
/// </param>
/// <param name="cancellation">Ends the reading.</param>
internal sealed class CopyProof(
    VerifiedTrees known, string tree, TreeManifest manifest, Func<IDisposable?> turn, CancellationToken cancellation) : IDisposable
{
    private readonly string _digest = manifest.Digest.Hex;
    private readonly FactsDigest _before = new();
    private readonly FactsDigest _after = new();
    private IDisposable? _linking;
    private VerificationRecord? _record;
    private bool _isLinked;

    /// <summary>Before the first file is copied, or linked: a link changes the time of its original, for all that look at it.</summary>
    public void Begin(CopyMode mode)
    {
        if (mode == CopyMode.HardLink && known.IsPossible)
            _linking = turn();
        _record = known.Find(_digest);
    }

    /// <summary>The next file of the manifest; null: it cannot be said whether it was changed meanwhile.</summary>
    public void Add(CopiedFile? file)
    {
        _before.Add(file?.Before);
        _after.Add(file?.After);
        _isLinked |= file is { } copied && copied.Before.Links != copied.After.Links;
    }

    /// <summary>After the last file: is the copy what it should be? False: it has to be read.</summary>
    /// <exception cref="Fetch.FetchException"><see cref="Fetch.FetchError.StoreUnsafe"/>: the originals are damaged.</exception>
    public bool Holds()
    {
        if (!known.IsPossible)
            return false;
        string? before = _before.Finish(), after = _after.Finish();
        if (before is not null && before == _record?.Facts)
        {
            if (_isLinked && after is not null)
                known.Note(_digest, _record with { Facts = after });
            return true;
        }

        using IDisposable? own = _linking is null ? turn() : null;
        // Another process may have read it while this one copied, or waited.
        return after is not null && (after == known.Find(_digest)?.Facts || after == Read());
    }

    private string? Read()
    {
        VerificationRecord? begun = VerificationRecord.Begin();
        string? facts = TreeReading.Read(tree, manifest, cancellation);
        if (begun is not null && facts is not null)
            known.Note(_digest, begun with { Facts = facts });
        return facts;
    }

    public void Dispose()
    {
        _linking?.Dispose();
        _before.Dispose();
        _after.Dispose();
    }
}
