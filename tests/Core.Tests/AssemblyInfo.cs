using System.Runtime.Versioning;
using Xunit.Sdk;
using Xunit.v3;

// Stress tests take both cores; tests that look at who waits must not run beside them.
[assembly: Parallelization(Mode = ParallelMode.None)]

// What the tests see of the kernel they see in /proc.
[assembly: SupportedOSPlatform("linux")]
