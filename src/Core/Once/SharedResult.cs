using ProcessDedup.Fetch;

namespace ProcessDedup.Once;

/// <summary>What one process did, for all who asked.</summary>
/// <param name="Result">How it came to this process; its path is the directory with what the work left there.</param>
/// <param name="WentWell">False if the work failed: its result is for those who were waiting only.</param>
public sealed record SharedResult(FetchResult Result, bool WentWell);
