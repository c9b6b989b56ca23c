using System;
using System.IO;
using System.Threading;
using ProcessDedup.Substituters;
using ProcessDedup.Tests.Harness;

namespace ProcessDedup.Tests.Substituters;

/// <summary>The contract, with a server that speaks as S3 does.</summary>
public sealed class S3SubstituterTests : SubstituterContract
{
    private S3Server? _server;

    private S3Server Server => _server ??= new S3Server(It.Place);

    private protected override string Address => Server.Address();

    private protected override string Trusted => Address + "&trusted=true";

    // As S3 does; s3rver writes into the file that it reads from.
    private protected override bool ReplacesAtomically => false;

    private protected override byte[]? Peek(string path)
    {
        using S3Store store = Open();
        byte[]? content = store.TryRead(path, int.MaxValue, CancellationToken.None);
        return content;
    }

    private protected override void Plant(string path, byte[] content)
    {
        using S3Store store = Open();
        string file = It.Place.File("planted-" + Guid.NewGuid().ToString("N"));
        File.WriteAllBytes(file, content);
        store.Put(path, file, _ => { }, CancellationToken.None);
    }

    private S3Store Open() => new(SubstituterAddress.Parse(Address).S3!, It.Options());

    protected override void Close() => _server?.Dispose();
}
