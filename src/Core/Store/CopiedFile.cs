using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>
/// What the system said of a file of the store before it was copied or linked, and afterwards. The two differ only by what
/// link(2) itself changes: the number of names and the time of the last change.
/// </summary>
internal readonly record struct CopiedFile(FileFacts Before, FileFacts After);
