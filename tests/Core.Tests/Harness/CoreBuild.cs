namespace ProcessDedup.Tests.Harness;

/// <summary>What the build of Core under test cannot do; the tests of it are skipped there, and say why.</summary>
public static class CoreBuild
{
    /// <summary>The reason that a skipped test gives.</summary>
    public const string NoPem = ".NET Framework reads no PEM files: its build of Core refuses keys (tested), and these tests need one.";

#if CORE_NETSTANDARD
    /// <summary>Does it read keys of signers?</summary>
    public static bool ReadsPem => false;
#else
    /// <summary>Does it read keys of signers?</summary>
    public static bool ReadsPem => true;
#endif
}
