using System;
using System.IO;
using ProcessDedup.Sqlite;
using Xunit;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>Which native library is taken; the build for .NET Framework leaves that to the system's loader.</summary>
public sealed class LibraryChoiceTests
{
    [Theory]
    [InlineData("bundled")]
    [InlineData("system")]
    public void Either_library_can_be_chosen_and_loads_without_searching(string wish)
    {
        (SqliteNative library, string origin) = SqliteLibraryChoice.Make(wish);
        Assert.Equal(wish, origin);
        Assert.True(wish == "system" || Path.IsPathFullyQualified(library.Path), library.Path);
        Assert.StartsWith("3.", library.Version, StringComparison.Ordinal);
        library.Unload();
    }

    [Fact]
    public unsafe void The_bundled_library_sleeps_as_long_as_it_means_to()
    {
        const int sleepOfLayer = 40 + (9 * 8);
        (SqliteNative library, _) = SqliteLibraryChoice.Make("bundled");
        library.SleepPrecisely();
        byte* layer = library.DefaultFileLayer();
        // It answers how long it has slept; without usleep that is 1000000.
        Assert.Equal(1000, ((delegate* unmanaged[Cdecl]<byte*, int, int>)(*(nint*)(layer + sleepOfLayer)))(layer, 1000));
    }

    [Fact]
    public void A_chosen_library_that_is_none_is_an_error()
    {
        Assert.Equal(SqliteError.SqliteLibraryMissing, Assert.Throws<SqliteException>(() => SqliteLibraryChoice.Make("/no/such.so")).Error);
        Assert.Equal(SqliteError.SqliteLibraryMissing, Assert.Throws<SqliteException>(() => SqliteLibraryChoice.Make("relative.so")).Error);
    }
}
