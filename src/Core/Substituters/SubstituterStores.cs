using System.Runtime.CompilerServices;
using ProcessDedup.Store;

namespace ProcessDedup.Substituters;

/// <summary>From an address to what can be asked.</summary>
internal static class SubstituterStores
{
    public static ISubstituterStore Open(SubstituterAddress address, SubstituterOptions options, CacheStore store) => address.Kind switch
    {
        SubstituterKind.Directory => new DirectoryStore(address.Path, options),
        SubstituterKind.Http => new HttpStore(address.Uri!, options, store.Layout.Directory),
        _ => OpenS3(address, options),
    };

    // Inlined, it would have the SDK loaded by those who ask no bucket.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static S3Store OpenS3(SubstituterAddress address, SubstituterOptions options) => new(address.S3!, options);
}
