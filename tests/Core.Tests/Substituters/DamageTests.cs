using System;
using System.IO;
using System.Threading;
using Microsoft.AspNetCore.Http;
using ProcessDedup.Store;
using ProcessDedup.Substituters;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Substituters;

/// <summary>What is replaced by who finds it to be no good, and what is not.</summary>
public sealed class DamageTests : IDisposable
{
    private readonly Substituting _it = new();
    private readonly Origin _origin = new();

    public void Dispose()
    {
        _origin.Dispose();
        _it.Dispose();
    }

    private bool IsFoundDamaged(string address)
    {
        var set = new SubstituterSet(_it.Options(address), _it.Store);
        using StagingDirectory place = _it.Store.NewStaging();
        string directory = Directory.CreateDirectory(place.File("content")).FullName;
        Assert.Null(set.TryRestore(Substituting.Key, "the artifact", directory, place, _it, CancellationToken.None));
        return set.HasFoundDamage(address, Substituting.Key);
    }

    [Fact]
    public void Content_that_is_not_what_a_believed_record_says_is_damaged_and_what_nobody_trusted_has_signed_is_not()
    {
        string directory = _it.Place.NewDirectory("cache");
        _it.Publish(directory, _it.Tree());
        string pack = Assert.Single(Directory.GetFiles(Path.Combine(directory, "packs"), "*", SearchOption.AllDirectories));
        byte[] content = File.ReadAllBytes(pack);
        content[content.Length / 2] ^= 1;
        File.Delete(pack);
        File.WriteAllBytes(pack, content);
        Assert.True(IsFoundDamaged(directory));
        _it.TrustedKeys = [_it.NewKeys().Public];
        Assert.False(IsFoundDamaged(directory));
    }

    [Fact]
    public void A_pack_that_is_kept_back_is_not_damaged()
    {
        string directory = _it.Place.NewDirectory("good");
        _it.Publish(directory, _it.Tree());
        string path = ArtifactRecord.PathOf(Substituting.Key);
        byte[] record = Files.Peek(directory, path)!;
        _origin.Serve("/" + path, record);
        _origin.Handle("/" + ArtifactRecordJson.Parse(record, Substituting.Key).PackPath, async context =>
        {
            context.Response.StatusCode = 401;
            await context.Response.WriteAsync("log in");
        });
        Assert.False(IsFoundDamaged(_origin.Root.AbsoluteUri));
    }

    [Fact]
    public void Who_replaces_it_without_a_key_leaves_the_signatures_of_the_same_content()
    {
        string directory = _it.Place.NewDirectory("cache"), tree = _it.Tree();
        (string mine, string minePublic) = _it.NewKeys();
        _it.Publish(directory, tree, signer: mine);
        var publisher = new ArtifactPublisher(_it.Options(), _it.Store);
        publisher.Publish(
            directory, Substituting.Facts(), tree, TreeManifest.Of(tree, CancellationToken.None), null, CancellationToken.None, replaces: true);
        _it.TrustedKeys = [minePublic];
        Assert.NotNull(_it.Restore(directory));
    }
}
