namespace ProcessDedup.Fetch.Http;

/// <summary>A server that refused a request would have taken a login by Negotiate.</summary>
internal enum NegotiateOffer
{
    /// <summary>The caller did not want to log in that way.</summary>
    NotTried,

    /// <summary>There was no ticket, or the server did not accept it.</summary>
    Failed,
}
