namespace ProcessDedup.Tests.Run;

/// <summary>How many tests of a suite ended how.</summary>
internal readonly record struct Counts(int Passed, int Failed, int Skipped)
{
    /// <summary>A suite that could not even run.</summary>
    public static readonly Counts Broken = new(0, 1, 0);

    public static Counts operator +(Counts a, Counts b) =>
        new(a.Passed + b.Passed, a.Failed + b.Failed, a.Skipped + b.Skipped);
}
