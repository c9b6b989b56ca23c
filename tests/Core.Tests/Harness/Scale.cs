using System;

namespace ProcessDedup.Tests.Harness;

/// <summary>How hard the stress tests press: quick by default, with PROCESSDEDUP_TEST_SCALE=full as the issue says.</summary>
internal static class Scale
{
    public static bool IsFull { get; } = Environment.GetEnvironmentVariable("PROCESSDEDUP_TEST_SCALE") == "full";

    public static int Of(int quick, int full) => IsFull ? full : quick;

    /// <summary>PROCESSDEDUP_TEST_SEED repeats a run.</summary>
    public static int Seed { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("PROCESSDEDUP_TEST_SEED"), out int seed) ? seed : Random.Shared.Next();
}
