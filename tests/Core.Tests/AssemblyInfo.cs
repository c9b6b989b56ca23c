using System.Runtime.Versioning;
using Xunit;

// Stress tests take both cores; tests that look at who waits must not run beside them.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

// What the tests see of the kernel they see in /proc.
[assembly: SupportedOSPlatform("linux")]
