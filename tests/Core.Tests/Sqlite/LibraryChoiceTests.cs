using System;
using System.Collections.Generic;
using System.IO;
using ProcessDedup.Sqlite;
using Xunit;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>Which native library is taken.</summary>
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

    /// <summary>
    /// The settlement of a commit has been measured with libraries that were built like this. One that differs is no worse by
    /// itself: run the suites of faults with it (PROCESSDEDUP_SQLITE), and then say here what it has.
    /// </summary>
    [Theory]
    [InlineData("bundled")]
    [InlineData("system")]
    public void The_options_that_the_settlement_of_a_commit_was_measured_with_are_those_of_both_libraries(string wish)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "measured with the libraries for Linux");
        (SqliteNative library, _) = SqliteLibraryChoice.Make(wish);
        IReadOnlyList<string> options = library.CompileOptions;
        library.Unload();
        // A row that is replaced by an equal one is written (DenialTests has the other case), and a log can be had.
        Assert.Contains("ENABLE_PREUPDATE_HOOK", options);
        Assert.DoesNotContain("OMIT_WAL", options);
        // A handle belongs to one transaction, and may be interrupted from another thread.
        Assert.Contains("THREADSAFE=1", options);
        // A lock is asked for once, and SQLite's own waiting is none of ours.
        Assert.DoesNotContain("ENABLE_SETLK_TIMEOUT", options);
        // OR REPLACE of the token's row fires no trigger of deletion, whatever the database has.
        Assert.Contains("DEFAULT_RECURSIVE_TRIGGERS", options);
        // A failed sync is told, and as much is written as the file layer says: nothing is assumed of the device.
        Assert.Contains("DEFAULT_SYNCHRONOUS=2", options);
        Assert.Contains("DEFAULT_WAL_SYNCHRONOUS=2", options);
        Assert.DoesNotContain(options, o => o.StartsWith("ENABLE_BATCH_ATOMIC_WRITE", StringComparison.Ordinal));
    }

    [Fact]
    public void A_chosen_library_that_is_none_is_an_error()
    {
        Assert.Equal(SqliteError.SqliteLibraryMissing, Assert.Throws<SqliteException>(() => SqliteLibraryChoice.Make("/no/such.so")).Error);
        Assert.Equal(SqliteError.SqliteLibraryMissing, Assert.Throws<SqliteException>(() => SqliteLibraryChoice.Make("relative.so")).Error);
    }
}
