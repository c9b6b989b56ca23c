using System;
using ProcessDedup.Locks;
using Xunit;

namespace ProcessDedup.Tests.Harness;

/// <summary>Failures that are expected by their kind.</summary>
internal static class Expect
{
    public static LockException Error(LockError error, Func<object?> act)
    {
        LockException failure = Assert.ThrowsAny<LockException>(() =>
        {
            object? result = act();
            (result as IDisposable)?.Dispose();
        });
        Assert.True(failure.Error == error, $"{error} was expected, but: {failure.Error}: {failure.Message}");
        return failure;
    }
}
