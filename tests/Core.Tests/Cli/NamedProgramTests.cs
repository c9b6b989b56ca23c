using System.IO;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Cli;

/// <summary>Which procdedup these tests are about, as CONTRIBUTING has it.</summary>
public sealed class NamedProgramTests
{
    [Fact]
    public void A_path_that_is_not_full_is_one_from_the_repository()
    {
        Assert.Equal(Path.Combine(Programs.Repository, "output", "native", "procdedup"), Programs.NamedProcdedup("output/native/procdedup"));
        Assert.Equal("/usr/bin/procdedup", Programs.NamedProcdedup("/usr/bin/procdedup"));
        Assert.True(File.Exists(Programs.NamedProcdedup(null)));
    }
}
