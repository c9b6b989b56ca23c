using System;
using System.Text;
using System.Threading.Tasks;
using ProcessDedup.Fetch;
using ProcessDedup.Servers;
using ProcessDedup.Substituters;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Substituters;

/// <summary>Buckets that are not there or not well, and large artifacts in those that are.</summary>
public sealed class S3PlaceTests : IDisposable
{
    private readonly Substituting _it = new();

    public void Dispose() => _it.Dispose();

    [Fact]
    public void What_is_sent_in_parts_comes_back()
    {
        using var server = new S3Server(_it.Place);
        _it.Publish(server.Address(string.Empty), _it.LargeTree(70 << 20));
        Substituted? restored = _it.Restore(server.Address(string.Empty));
        Assert.True(restored is not null, string.Join('|', _it.Told));
        Assert.Equal(70 << 20, restored.Manifest.TotalBytes);
    }

    [Fact]
    public void No_bucket_and_a_wrong_login_are_no_artifact()
    {
        using var server = new S3Server(_it.Place);
        string tree = _it.Tree();
        Assert.Null(_it.Restore(server.Address(bucket: "no-such-bucket")));
        Assert.Empty(_it.Told);
        FetchException e = _it.PublishFails(FetchError.SubstituterRefused, server.Address(bucket: "no-such-bucket"), tree);
        Assert.Contains("NoSuchBucket", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(S3Server.Login, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_is_dead_silent_or_not_well_costs_one_short_timeout()
    {
        // For the login.
        using var server = new S3Server(_it.Place);
        string nobody = AddressOf(FormattableString.Invariant($"http://127.0.0.1:{FreePort.Next()}"));
        _it.RefusedFor("nobody asks it", nobody);
        _it.RefusedFor("left alone", nobody);
        _it.PublishFails(FetchError.SubstituterUnreachable, nobody, _it.Tree());

        using var origin = new Origin();
        string path = "/bucket/p/" + ArtifactRecord.PathOf(Substituting.Key);
        origin.Handle(path, context => Task.Delay(-1, context.RequestAborted));
        _it.ConnectTimeout = TimeSpan.FromSeconds(0.5);
        _it.RefusedFor("nothing came from it in time", AddressOf(origin.Root.AbsoluteUri));
        _it.RefusedFor("left alone", AddressOf(origin.Root.AbsoluteUri));
        // That time may be over before the request has come.
        Assert.InRange(origin.Count(path), 0, 1);

        using var sick = new Origin();
        sick.Serve(path, Encoding.UTF8.GetBytes("<html>sorry</html>")).Status = 500;
        _it.ConnectTimeout = TimeSpan.FromSeconds(80);
        _it.RefusedFor("answered 500", AddressOf(sick.Root.AbsoluteUri));
    }

    [Fact]
    public void A_pack_that_stalls_or_is_cut_is_given_up()
    {
        using var server = new S3Server(_it.Place);
        using var origin = new Origin();
        string directory = _it.Place.NewDirectory("good");
        _it.Publish(directory, _it.LargeTree(3_000_000));
        byte[] record = Files.Peek(directory, ArtifactRecord.PathOf(Substituting.Key))!;
        string pack = ArtifactRecordJson.Parse(record, Substituting.Key).PackPath;
        origin.Serve("/bucket/p/" + ArtifactRecord.PathOf(Substituting.Key), record);
        OriginFile file = origin.Serve("/bucket/p/" + pack, Files.Peek(directory, pack)!);
        _it.Pause = TimeSpan.Zero;
        file.CutAt(1_000_000, 1);
        _it.RefusedFor("before its end", AddressOf(origin.Root.AbsoluteUri));
        file.HangsAt = 1_000_000;
        _it.StallTimeout = TimeSpan.FromSeconds(0.5);
        _it.RefusedFor("nothing came", AddressOf(origin.Root.AbsoluteUri));
        file.HangsAt = null;
        _it.StallTimeout = TimeSpan.FromSeconds(80);
        Assert.NotNull(_it.Restore(AddressOf(origin.Root.AbsoluteUri)));
    }

    [Fact]
    public void The_sdk_is_loaded_by_nobody_who_asks_no_bucket()
    {
        foreach ((string address, string loaded) in new[] { (_it.Place.NewDirectory("cache"), "False"), (AddressOf("http://127.0.0.1:1"), "True") })
        {
            using Peer peer = Peer.Fetcher(_it.Place, "restore", Substituting.Key, address);
            peer.Expect("READY").Say("go");
            peer.Await("NONE");
            peer.Expect("SDK " + loaded);
        }
    }

    private static string AddressOf(string endpoint) => $"s3://bucket/p?endpoint={Uri.EscapeDataString(endpoint)}&region=x&pathStyle=true";
}
