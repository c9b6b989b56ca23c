using System;
using System.IO;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Sqlite;

/// <summary>What one user leaves beside a database must not keep out another one.</summary>
public sealed class SharedDatabaseTests : IDisposable
{
    private const int Stranger = 5001;

    private readonly TestDirectory _place = new();
    private readonly OtherUser _other;

    public SharedDatabaseTests() => _other = new OtherUser(_place, Programs.SqlitePeer);

    public void Dispose() => _place.Dispose();

    [Theory]
    // Whoever can open the database can open the journal as well.
    [InlineData(OtherUser.Id, OtherUser.Id, "660", "777", true)]
    [InlineData(OtherUser.Id, Stranger, "644", "777", true)]
    [InlineData(OtherUser.Id, Stranger, "660", "2777", true)]
    [InlineData(OtherUser.Id, OtherUser.Id, "600", "1777", true)]
    // A journal of the group's would be one of the writer's own group.
    [InlineData(OtherUser.Id, Stranger, "660", "777", false)]
    [InlineData(OtherUser.Id, Stranger, "640", "777", false)]
    // Its owner need not be in the group.
    [InlineData(Stranger, OtherUser.Id, "660", "777", false)]
    // Others may neither remove it nor (fs.protected_regular) open it.
    [InlineData(OtherUser.Id, OtherUser.Id, "666", "1777", false)]
    public void A_journal_stays_only_where_it_has_the_rights_of_the_database(int owner, int group, string mode, string directoryMode, bool stays)
    {
        string directory = _place.NewDirectory("shared");
        string file = Path.Combine(directory, "t.db");
        using (Peer first = Peer.Sqlite(_place, "insert", file, "delete", "root", "1", "0"))
            Insert(first);
        File.Delete(file + "-journal");
        Succeed("chown", $"{owner}:{group}", file);
        Succeed("chmod", mode, file);
        Succeed("chown", $"0:{group}", directory);
        Succeed("chmod", directoryMode, directory);

        using (Peer writer = _other.Start("insert", file, "delete", "other", "1", "0"))
            Insert(writer);

        Assert.Equal(stays, File.Exists(file + "-journal"));
    }

    private static void Insert(Peer peer)
    {
        peer.Expect("READY");
        peer.Say("go");
        peer.Expect("ACK 0");
        peer.WaitForExit();
    }

    private void Succeed(params string[] command)
    {
        using Peer peer = Peer.Run(_place, command[0], command[1..]);
        Assert.Equal(0, peer.WaitForExit());
    }
}
