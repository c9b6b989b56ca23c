using System;
using System.Runtime.CompilerServices;

namespace ProcessDedup.Tests.Harness;

/// <summary>What is shown differs in a build system's log, and these suites run in some: a test that is about one says which.</summary>
internal static class PlainLog
{
    [ModuleInitializer]
    internal static void Become()
    {
        foreach (string variable in new[] { "CI", "GITHUB_ACTIONS", "TF_BUILD", "CI_JOB_ID", "BUILD_TAG" })
            Environment.SetEnvironmentVariable(variable, null);
    }
}
