using System;
using System.Collections.Generic;
using ProcessDedup.Store;

namespace ProcessDedup.Fetch.Http;

/// <summary>How a download ended well.</summary>
/// <param name="IsNotModified">The origin confirmed what the caller has; there is no body.</param>
/// <param name="Metadata">Of the answer; after 304 merged into what the caller had.</param>
/// <param name="Length">Bytes of the body, which is in the part.</param>
/// <param name="Hashes">The body's hashes by algorithm.</param>
/// <param name="Resumed">Bytes of an earlier download, of this or another process, that were used.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="ReceivedAt">When the request was begun that was answered (request_time of RFC 9111 §4.2.3).</param>
internal sealed record HttpAnswer(
    bool IsNotModified,
    HttpMetadata Metadata,
    long Length,
    IReadOnlyDictionary<string, ContentHash> Hashes,
    long Resumed,
    int Attempts,
    DateTimeOffset ReceivedAt);
