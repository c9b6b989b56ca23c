using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using ProcessDedup.Store;
using ProcessDedup.Substituters;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Substituters;

/// <summary>What is true of a substituter of every kind.</summary>
public abstract class SubstituterContract : IDisposable
{
    private readonly Substituting _it = new();

    private protected Substituting It => _it;

    /// <summary>The substituter, begun when it is first asked for.</summary>
    private protected abstract string Address { get; }

    /// <summary>What is there; null for nothing.</summary>
    private protected abstract byte[]? Peek(string path);

    /// <summary>Puts something there, past the publisher.</summary>
    private protected abstract void Plant(string path, byte[] content);

    private protected abstract string Trusted { get; }

    /// <summary>Does a reader see the old file or the new one, and never a part?</summary>
    private protected virtual bool ReplacesAtomically => true;

    private static string RecordPath => ArtifactRecord.PathOf(Substituting.Key);

    private ArtifactRecord Record => ArtifactRecordJson.Parse(Peek(RecordPath)!, Substituting.Key);

    protected abstract void Close();

    public void Dispose()
    {
        Close();
        _it.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void What_was_published_comes_back_to_the_last_bit()
    {
        string tree = _it.Tree();
        Assert.Equal(PublishOutcome.Published, _it.Publish(Address, tree));
        Substituted restored = _it.Restore(Address)!;
        Assert.Equal(TreeManifest.Of(tree, CancellationToken.None).Digest, restored.Manifest.Digest);
        Assert.Empty(restored.Manifest.FindDifferences(_it.Filled, CancellationToken.None));
        Assert.Equal("the artifact", restored.Record.Name);
        Assert.Equal("host, somebody", restored.Record.MadeBy);
        Assert.Equal(new DateTimeOffset(2024, 2, 29, 1, 2, 3, TimeSpan.Zero), restored.Record.MadeAt);
        Assert.Equal(Address.Contains("://", StringComparison.Ordinal) ? ArtifactRecord.TarGzip : ArtifactRecord.Tar, restored.Record.Packing);
        Assert.Equal(restored.Record.PackSize, restored.TransferredBytes);
        Assert.Equal(restored.Record.PackSize, _it.Received);
        Assert.Empty(_it.Told);
        Assert.Equal(PublishOutcome.AlreadyThere, _it.Publish(Address, tree));
    }

    [Fact]
    public void An_empty_tree_a_single_file_and_many_bytes_come_back()
    {
        string empty = _it.Place.NewDirectory("nothing");
        _it.Publish(Address, empty);
        Assert.Empty(_it.Restore(Address)!.Manifest.Items);

        string single = _it.Place.NewDirectory("single");
        File.WriteAllText(Path.Combine(single, "tööl.bin"), "only");
        string key = ContentHash.HexOf("single");
        _it.Publish(Address, single, key, fileName: "tööl.bin");
        Assert.Equal("tööl.bin", _it.RestoreKey(key, Address)!.Record.FileName);

        string many = ContentHash.HexOf("many");
        string large = _it.LargeTree(5_000_001);
        _it.Publish(Address, large, many);
        Assert.Equal(5_000_001, _it.RestoreKey(many, Address)!.Manifest.TotalBytes);
    }

    [Fact]
    public void What_is_not_there_is_remembered_by_all_until_it_is_published()
    {
        Assert.Null(_it.Restore(Address));
        Assert.Empty(_it.Told);
        // Past this cache: nobody here knows.
        using (var elsewhere = new Substituting())
            elsewhere.Publish(Address, elsewhere.Tree());
        Assert.Null(_it.Restore(Address));
        using (Peer other = Peer.Fetcher(_it.Place, "restore", Substituting.Key, Address))
        {
            other.Expect("READY").Say("go");
            other.Expect("NONE");
        }

        Assert.Equal(PublishOutcome.AlreadyThere, _it.Publish(Address, _it.Tree()));
        Assert.NotNull(_it.Restore(Address));
    }

    [Fact]
    public void The_first_of_two_builds_counts()
    {
        _it.Publish(Address, _it.Tree(content: "first"));
        Assert.Equal(PublishOutcome.AlreadyThere, _it.Publish(Address, _it.Tree("other", "second")));
        _it.Restore(Address);
        Assert.Equal("first", File.ReadAllText(Path.Combine(_it.Filled, "a.txt")));
    }

    [Fact]
    public void Damage_is_refused_said_and_healed_by_the_next_who_publishes()
    {
        string tree = _it.Tree();
        _it.Publish(Address, tree);
        byte[] good = Peek(RecordPath)!;
        string packPath = Record.PackPath;
        byte[] pack = Peek(packPath)!;

        byte[] flipped = [.. pack];
        flipped[pack.Length / 2] ^= 1;
        Plant(packPath, flipped);
        _it.RefusedFor("another hash", Address);

        Plant(packPath, pack[..^1]);
        _it.RefusedFor("cut off", Address);
        // Its length tells, so that it is sent again.
        Assert.Equal(PublishOutcome.Published, _it.Publish(Address, tree));
        Assert.NotNull(_it.Restore(Address));

        Plant(packPath, [.. pack, 0]);
        _it.RefusedFor("more than", Address);
        Plant(packPath, pack);

        Plant(RecordPath, Substituting.Utf8("<html>It works!</html>"));
        _it.RefusedFor("no record", Address);
        Plant(RecordPath, good[..(good.Length / 2)]);
        _it.RefusedFor("no record", Address);
        Plant(RecordPath, new byte[100_000]);
        _it.RefusedFor("refused", Address);
        Plant(RecordPath, Substituting.Utf8("""{ "format": 2, "whatever": true }"""));
        _it.RefusedFor("newer version", Address);
        Assert.Equal(PublishOutcome.Published, _it.Publish(Address, tree));
        Assert.NotNull(_it.Restore(Address));
    }

    [Fact]
    public void After_a_bad_one_the_next_is_asked()
    {
        _it.Publish(Address, _it.Tree());
        string second = _it.Place.NewDirectory("second");
        _it.Publish(second, _it.Tree("other", "other"));
        Plant(Record.PackPath, Substituting.Utf8("garbage"));
        Substituted restored = _it.Restore(Address, second)!;
        Assert.Equal(second, restored.From);
        Assert.Single(_it.Told);
        Assert.Equal("other", File.ReadAllText(Path.Combine(_it.Filled, "a.txt")));
    }

    [Fact]
    public void With_trusted_keys_only_what_one_of_them_has_signed_for_this_key_is_taken()
    {
        string tree = _it.Tree();
        (string mine, string minePublic) = _it.NewKeys();
        (string theirs, _) = _it.NewKeys();
        _it.Publish(Address, tree);
        _it.TrustedKeys = [_it.NewKeys().Public, minePublic];
        _it.RefusedFor("not signed", Address);
        Assert.NotNull(_it.Restore(Trusted));

        Assert.Equal(PublishOutcome.Published, _it.Publish(Address, tree, signer: theirs));
        _it.RefusedFor("no trusted key", Address);

        Assert.Equal(PublishOutcome.Published, _it.Publish(Address, tree, signer: mine));
        Assert.Equal(PublishOutcome.AlreadyThere, _it.Publish(Address, tree, signer: mine));
        Assert.Equal(PublishOutcome.AlreadyThere, _it.Publish(Address, tree, signer: theirs));
        Assert.Equal(2, Record.Signatures.Count);
        Assert.NotNull(_it.Restore(Address));

        // What was signed for one key is served for another.
        string other = ContentHash.HexOf("another key");
        Plant(ArtifactRecord.PathOf(other), ArtifactRecordJson.Write(Record with { Key = other }));
        Assert.Null(_it.RestoreKey(other, Address));
        Assert.Contains("not valid for this key", Assert.Single(_it.Told), StringComparison.Ordinal);
        // Or for another file of the tree.
        Plant(RecordPath, ArtifactRecordJson.Write(Record with { FileName = "empty" }));
        _it.RefusedFor("not valid for this key", Address);
    }

    [Fact]
    public void Who_signs_replaces_what_could_not_be_trusted()
    {
        _it.Publish(Address, _it.Tree("foreign", "foreign"));
        (string mine, string minePublic) = _it.NewKeys();
        _it.TrustedKeys = [minePublic];
        Assert.Equal(PublishOutcome.Published, _it.Publish(Address, _it.Tree(content: "mine"), signer: mine));
        Assert.NotNull(_it.Restore(Address));
        Assert.Equal("mine", File.ReadAllText(Path.Combine(_it.Filled, "a.txt")));
    }

    [Theory]
    [InlineData("LookedUp")]
    [InlineData("Packed")]
    [InlineData("Sending")]
    [InlineData("PackSent")]
    [InlineData("RecordSent")]
    public void A_publisher_that_is_killed_leaves_nothing_that_is_half_there(string step)
    {
        string tree = _it.LargeTree(30_000_000);
        // In the middle of the pack.
        string death = step == "Sending" ? "Sending:4" : step;
        using (Peer killed = Peer.Fetcher(_it.Place, "publish", Address, Substituting.Key, tree, "--die-at", death))
        {
            killed.Expect("READY").Say("go");
            Assert.Null(killed.TryRead("its end"));
            Assert.NotEqual(0, killed.WaitForExit());
        }

        bool isThere = step == "RecordSent";
        _it.NegativeTtl = TimeSpan.Zero;
        Assert.Equal(isThere, _it.Restore(Address) is not null);
        Assert.Empty(_it.Told);
        Assert.Equal(isThere ? PublishOutcome.AlreadyThere : PublishOutcome.Published, _it.Publish(Address, tree));
        Assert.NotNull(_it.Restore(Address));
    }

    [Fact]
    public void Many_who_publish_the_same_at_once_do_no_harm_to_those_who_restore()
    {
        _it.NegativeTtl = TimeSpan.Zero;
        string tree = _it.LargeTree(3_000_000);
        var peers = new List<Peer>();
        try
        {
            for (int i = 0; i < Scale.Of(6, 32); i++)
                peers.Add(Peer.Fetcher(_it.Place, "publish", Address, Substituting.Key, tree));
            foreach (Peer peer in peers)
                peer.Expect("READY");
            foreach (Peer peer in peers)
                peer.Say("go");
            int restored = 0;
            while (peers.Any(peer => !peer.HasExited))
            {
                restored += _it.Restore(Address) is null ? 0 : 1;
                string told = string.Join('|', _it.Told);
                Assert.True(told.Length == 0 || (!ReplacesAtomically && told.Contains("is refused", StringComparison.Ordinal)), told);
            }

            foreach (Peer peer in peers)
            {
                string said = peer.Read("DONE");
                Assert.True(said.StartsWith("DONE ", StringComparison.Ordinal), said);
            }

            Assert.NotNull(_it.Restore(Address));
        }
        finally
        {
            foreach (Peer peer in peers)
                peer.Dispose();
        }
    }
}
