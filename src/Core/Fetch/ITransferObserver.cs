using System;

namespace ProcessDedup.Fetch;

/// <summary>Is told how a download goes. Called on whatever thread downloads; must be quick and must not throw.</summary>
internal interface ITransferObserver
{
    /// <summary>A body begins.</summary>
    /// <param name="total">Its whole length in bytes; null if unknown.</param>
    /// <param name="already">Bytes that are there from an earlier attempt.</param>
    void Begin(long? total, long already);

    /// <summary>More bytes have come.</summary>
    void Advance(long bytes);

    /// <summary>It failed and is tried again.</summary>
    /// <param name="attempt">The attempt that failed, counted from 1.</param>
    /// <param name="pause">How long is waited first.</param>
    /// <param name="why">The cause, without secrets.</param>
    void Retry(int attempt, TimeSpan pause, string why);

    /// <summary>The server has asked for patience, of this process or another one; nothing is sent for so long.</summary>
    void CoolDown(TimeSpan left);
}
