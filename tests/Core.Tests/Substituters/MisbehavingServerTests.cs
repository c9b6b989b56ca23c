using System;
using System.IO;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using ProcessDedup.Substituters;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Substituters;

/// <summary>Servers that answer anything but what they should: said in one sentence, and the next one is asked.</summary>
public sealed class MisbehavingServerTests : IDisposable
{
    private const string Word = "pass-of-somebody";

    private readonly Substituting _it = new();
    private readonly Origin _origin = new();

    public void Dispose()
    {
        _origin.Dispose();
        _it.Dispose();
    }

    private string Address => _origin.Root.AbsoluteUri;

    private static string RecordPath => "/" + ArtifactRecord.PathOf(Substituting.Key);

    /// <summary>A good artifact, as a directory has it, at the origin.</summary>
    private (OriginFile Record, OriginFile Pack) Serve(int bytes = 300_000)
    {
        string directory = _it.Place.NewDirectory("good");
        _it.Publish(directory, _it.LargeTree(bytes));
        byte[] record = Files.Peek(directory, RecordPath[1..])!;
        string pack = ArtifactRecordJson.Parse(record, Substituting.Key).PackPath;
        return (_origin.Serve(RecordPath, record), _origin.Serve("/" + pack, Files.Peek(directory, pack)!));
    }

    [Fact]
    public void Whatever_the_server_does_the_next_one_is_asked()
    {
        (OriginFile record, OriginFile pack) = Serve();
        string second = _it.Place.NewDirectory("second");
        _it.Publish(second, _it.Tree());
        pack.CutAt(100_000);
        Substituted restored = _it.Restore(Address, second)!;
        Assert.Equal(second, restored.From);
        Assert.Contains("before the end", Assert.Single(_it.Told), StringComparison.Ordinal);
        Assert.Equal(1, _origin.Count(new Uri(record).AbsolutePath));
    }

    [Fact]
    public void Pages_that_are_no_record_are_refused()
    {
        _origin.Serve(RecordPath, Encoding.UTF8.GetBytes("<html>Please log in</html>"));
        _it.RefusedFor("no record of an artifact", Address);
        _origin.Serve(RecordPath, 1_000_000, seed: 2);
        _it.RefusedFor("far too long", Address);
        _origin.Serve(RecordPath, []);
        _it.RefusedFor("no record of an artifact", Address);
        _origin.Serve(RecordPath, Encoding.UTF8.GetBytes("{}")).Chunked = true;
        _it.RefusedFor("no record of an artifact", Address);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(410)]
    [InlineData(403)]
    public void Not_there_is_said_by_nobody_and_remembered_by_all(int status)
    {
        _origin.Handle(RecordPath, Status(status));
        Assert.Null(_it.Restore(Address));
        Assert.Null(_it.Restore(Address));
        Assert.Empty(_it.Told);
        Assert.Equal(1, _origin.Count(RecordPath));
        _it.NegativeTtl = TimeSpan.Zero;
        new SubstituterMarks(_it.Options(), _it.Store.Layout, SubstituterAddress.Parse(Address)).ForgetAbsent(Substituting.Key);
        Assert.Null(_it.Restore(Address));
        Assert.Null(_it.Restore(Address));
        Assert.Equal(3, _origin.Count(RecordPath));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(429)]
    public void A_server_that_is_not_well_is_left_alone_by_all(int status)
    {
        _origin.Handle(RecordPath, Status(status));
        _it.RefusedFor($"answered {status}", Address);
        _it.RefusedFor("left alone", Address);
        using (Peer other = Peer.Fetcher(_it.Place, "restore", Substituting.Key, Address))
        {
            other.Expect("READY").Say("go");
            Assert.Contains("left alone", other.Read("TOLD"), StringComparison.Ordinal);
            other.Expect("NONE");
        }

        Assert.Equal(1, _origin.Count(RecordPath));
        new SubstituterMarks(_it.Options(), _it.Store.Layout, SubstituterAddress.Parse(Address)).Answered();
        Serve();
        Assert.NotNull(_it.Restore(Address));
        Assert.Empty(_it.Told);
    }

    [Fact]
    public void A_server_that_keeps_silent_costs_one_short_timeout()
    {
        (OriginFile record, _) = Serve();
        record.HangsBeforeHeaders = true;
        _it.ConnectTimeout = TimeSpan.FromSeconds(0.3);
        _it.RefusedFor("nobody asks it for the next 600 s", Address);
        _it.RefusedFor("left alone", Address);
        // That time may be over before the request has come.
        Assert.InRange(_origin.Count(RecordPath), 0, 1);
    }

    [Fact]
    public void A_record_that_comes_byte_by_byte_is_not_waited_for()
    {
        Serve();
        _origin.Handle(RecordPath, Dripping(100_000));
        // Its head has to come within that time, on a busy machine too.
        _it.ConnectTimeout = TimeSpan.FromSeconds(3);
        _it.RefusedFor("not done within the time", Address);
        _it.RefusedFor("left alone", Address);
    }

    [Fact]
    public void A_pack_that_stalls_or_drips_is_given_up()
    {
        (_, OriginFile pack) = Serve();
        pack.HangsAt = 100_000;
        // More than a busy machine takes for a head, or from one drop to the next.
        _it.StallTimeout = TimeSpan.FromSeconds(3);
        _it.Pause = TimeSpan.Zero;
        _it.RefusedFor("stopped coming", Address);
        _origin.Handle(new Uri(pack).AbsolutePath, Dripping(300_000));
        _it.RefusedFor("next to nothing", Address);
    }

    [Fact]
    public void A_pack_that_is_cut_longer_or_missing_is_refused()
    {
        (_, OriginFile pack) = Serve();
        string path = new Uri(pack).AbsolutePath;
        byte[] good = pack.Body.ToArray();
        _origin.Serve(path, good[..^1]);
        _it.RefusedFor("cut off", Address);
        _origin.Serve(path, good[..^1]).Chunked = true;
        _it.RefusedFor("cut off", Address);
        _origin.Serve(path, good).AnnouncedLength = good.Length + 1;
        _it.RefusedFor("before the end", Address);
        _origin.Serve(path, 1L << 32);
        _it.RefusedFor("more than", Address);
        _origin.Remove(path);
        _it.RefusedFor("not what it is about", Address);
        _origin.Serve(path, good).Chunked = true;
        Assert.NotNull(_it.Restore(Address));
    }

    [Fact]
    public void Redirects_are_followed_as_far_as_they_may_lead()
    {
        (OriginFile record, OriginFile pack) = Serve();
        string path = new Uri(pack).AbsolutePath;
        _origin.Serve("/elsewhere", pack.Body.ToArray());
        _origin.Redirect(path, "/elsewhere");
        Assert.NotNull(_it.Restore(Address));
        _origin.Redirect(path, _origin.RedirectForever());
        _it.RefusedFor("redirected more than", Address);
        _origin.Redirect(path, "file:///etc/passwd");
        _it.RefusedFor("no http address", Address);
        Assert.NotNull(record);
    }

    [Fact]
    public void Who_is_not_let_in_is_told_so_and_no_password_is()
    {
        (OriginFile record, OriginFile pack) = Serve();
        record.Login = pack.Login = "somebody:" + Word;
        _it.RefusedFor("answered 401", Address);
        _it.RefusedFor("answered 401", Address.Replace("//", "//somebody:wrong-word@", StringComparison.Ordinal));
        string mine = Address.Replace("//", "//somebody:" + Word + "@", StringComparison.Ordinal);
        Assert.DoesNotContain(Word, _it.Restore(mine)!.From, StringComparison.Ordinal);
        pack.HangsAt = 0;
        _it.StallTimeout = TimeSpan.FromSeconds(3);
        _it.RefusedFor("stopped coming", mine);
        _it.RefusedFor("left alone", mine);
        foreach (string file in Directory.EnumerateFiles(_it.Store.Layout.Directory, "*", SearchOption.AllDirectories))
        {
            Assert.DoesNotContain(Word, file, StringComparison.Ordinal);
            Assert.True(File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes(Word)) < 0, file);
        }
    }

    [Fact]
    public void Who_cancels_waits_for_nobody()
    {
        (OriginFile record, _) = Serve();
        record.HangsBeforeHeaders = true;
        using var cancel = new CancellationTokenSource();
        using var place = _it.Store.NewStaging();
        string directory = Directory.CreateDirectory(place.File("content")).FullName;
        var set = new SubstituterSet(_it.Options(Address), _it.Store);
        Task restoring = Task.Run(() => set.TryRestore(Substituting.Key, "it", directory, place, _it, cancel.Token));
        Eventually.True(() => _origin.Count(RecordPath) == 1, "it is asked");
        cancel.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => restoring.GetAwaiter().GetResult());
        // Cancelled is not dead.
        Assert.Equal(TimeSpan.Zero, new SubstituterMarks(_it.Options(), _it.Store.Layout, SubstituterAddress.Parse(Address)).PauseLeft);
    }

    private static RequestDelegate Status(int status) => context =>
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync("Sorry");
    };

    private static RequestDelegate Dripping(int length) => async context =>
    {
        context.Response.ContentLength = length;
        for (int i = 0; i < length; i++)
        {
            await context.Response.Body.WriteAsync(new byte[] { 1 }, context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await Task.Delay(20, context.RequestAborted);
        }
    };
}
