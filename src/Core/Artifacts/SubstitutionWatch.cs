using ProcessDedup.Fetch;
using ProcessDedup.Substituters;

namespace ProcessDedup.Artifacts;

/// <summary>Shows a transfer from or to a substituter where everybody looks how far it is.</summary>
internal sealed class SubstitutionWatch(FetchActivity activity) : ISubstituterWatch
{
    private readonly ITransferObserver _observer = activity;
    private long _done;
    private long _total = -1;

    public void Receiving(string from, long done, long total)
    {
        // Another substituter, or the next artifact, begins anew.
        if (total != _total || done < _done)
        {
            _observer.Begin(total, 0);
            _done = 0;
            _total = total;
        }

        if (done > _done)
            _observer.Advance(done - _done);
        _done = done;
    }

    public void Told(string sentence) => activity.Remark(sentence);
}
