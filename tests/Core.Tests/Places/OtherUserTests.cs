using System;
using System.Globalization;
using System.IO;
using System.Linq;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Places;

/// <summary>Two users of one machine: what they may share, and what protects them from each other.</summary>
public sealed class OtherUserTests : IDisposable
{
    private const UnixFileMode Sticky = (UnixFileMode)0x3ff; // 1777

    private readonly TestDirectory _place = new();
    private readonly OtherUser _other;

    public OtherUserTests() => _other = new OtherUser(_place);

    public void Dispose() => _place.Dispose();

    private void MakeShared(string directory)
    {
        Directory.CreateDirectory(directory);
        Modes.Set(directory, Sticky);
    }

    private void Chown(string path)
    {
        using Peer chown = Peer.Run(_place, "chown", "-R", $"{OtherUser.Id}:{OtherUser.Id}", path);
        Assert.Equal(0, chown.WaitForExit());
    }

    [Fact]
    public void One_without_a_name_is_told_by_number()
    {
        // As in containers that are run with a user id of their own.
        const int id = 54321;
        MakeShared(_place.Home);
        using Peer holder = _other.As(id).Locker("hold", "x").Expect("HELD");
        Eventually.True(HasRecord, "the record");
        using Peer second = Peer.Locker(_place, "hold", "x", "--no-wait");
        Assert.Contains($"user uid {id}", second.Read("busy"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void In_a_sticky_root_two_users_exclude_each_other_whoever_came_first(bool rootComesFirst)
    {
        MakeShared(_place.Home);
        string[] request = ["hold", "x", "--reason", "sharing"];
        using (Peer first = (rootComesFirst ? Peer.Locker(_place, request) : _other.Locker(request)).Expect("HELD"))
        {
            Eventually.True(HasRecord, "the record");
            using Peer second = rootComesFirst ? _other.Locker([.. request, "--no-wait"]) : Peer.Locker(_place, [.. request, "--no-wait"]);
            string busy = second.Read("busy");
            Assert.StartsWith("ERROR LockBusy", busy, StringComparison.Ordinal);
            Assert.Contains($"PID {first.Id}", busy, StringComparison.Ordinal);
            Assert.Contains("sharing", busy, StringComparison.Ordinal);

            using Peer waiting = rootComesFirst ? _other.Locker(request) : Peer.Locker(_place, request);
            KernelView.AwaitWaiters(_place.Named("x").LockFile, 1);
            first.EndInput();
            waiting.Expect("HELD");
            // Whoever is killed instead leaves a record, if it had the time to write one, and the next one tells of that.
            waiting.EndInput();
            waiting.Expect("RELEASED");
        }

        using Peer again = (rootComesFirst ? Peer.Locker(_place, request) : _other.Locker(request)).Expect("HELD");
    }

    [Fact]
    public void Slots_and_shared_locks_work_across_users_too()
    {
        MakeShared(_place.Home);
        using Peer mine = Peer.Locker(_place, "hold", "seats", "--slots", "2").Expect("HELD");
        using Peer theirs = _other.Locker("hold", "seats", "--slots", "2").Expect("HELD");
        using Peer third = _other.Locker("hold", "seats", "--slots", "2", "--no-wait");
        Assert.StartsWith("ERROR LockBusy", third.Read("busy"), StringComparison.Ordinal);
        using Peer reader = Peer.Locker(_place, "hold", "data", "--shared").Expect("HELD");
        using Peer otherReader = _other.Locker("hold", "data", "--shared").Expect("HELD");
    }

    [Fact]
    public void What_a_refused_number_of_slots_advises_works_for_each_user()
    {
        MakeShared(_place.Home);
        const int thirdId = OtherUser.Id - 1;
        OtherUser third = _other.As(thirdId);
        string Hold(Func<string[], Peer> start, int slots, params string[] more)
        {
            using Peer peer = start(["hold", "seats", "--slots", slots.ToString(CultureInfo.InvariantCulture), .. more]);
            peer.EndInput();
            string said = peer.Read("HELD, or why not");
            peer.WaitForExit();
            return said;
        }

        Assert.Equal("HELD", Hold(_other.Locker, 2));
        string refused = Hold(third.Locker, 3);
        Assert.StartsWith("ERROR LockSlotsMismatch Lock 'seats' has 2 slots, set by nobody at ", refused, StringComparison.Ordinal);
        Assert.Contains("Use 2 slots or another name; only nobody or root can change the number, by asking for another one while no slot is held.", refused, StringComparison.Ordinal);
        Assert.Equal("HELD", Hold(third.Locker, 2));
        // As the one who set it, after a use of the others.
        Assert.Equal("HELD", Hold(_other.Locker, 3));
        Assert.Equal("HELD", Hold(third.Locker, 3));
        Assert.Equal("HELD", Hold(arguments => Peer.Locker(_place, arguments), 4));
        Assert.Contains("only root can change the number", Hold(third.Locker, 3), StringComparison.Ordinal);
        // One who may change it does not while another user has a slot, and is told how it can be.
        using Peer holder = _other.Locker("hold", "seats", "--slots", "4").Expect("HELD");
        refused = Hold(arguments => Peer.Locker(_place, arguments), 2);
        Assert.Contains("Use 4 slots, or ask again when no slot is held", refused, StringComparison.Ordinal);
        Assert.Contains("set by you at ", refused, StringComparison.Ordinal);
    }

    [Fact]
    public void A_crash_in_a_shared_root_does_not_nag_those_who_cannot_remove_the_record()
    {
        MakeShared(_place.Home);
        using (Peer theirs = _other.Locker("hold", "x").Expect("HELD"))
        {
            Eventually.True(HasRecord, "the record");
            theirs.Kill();
        }

        using Peer next = Peer.Locker(_place, "hold", "x").Expect("HELD");
        next.EndInput();
    }

    // In a shared root each holder has a file of its own: nobody may replace another user's.
    private bool HasRecord() =>
        Directory.EnumerateFiles(_place.Root.LocksDirectory, "x.lock.owner-*").Any(f => !f.EndsWith(".tmp", StringComparison.Ordinal));

    [Fact]
    public void A_root_that_belongs_to_somebody_else_is_refused()
    {
        Directory.CreateDirectory(_place.Home);
        Chown(_place.Home);
        using Peer mine = Peer.Locker(_place, "hold", "x");
        Assert.StartsWith("ERROR LockDirectoryUnsafe", mine.Read("an error"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_private_root_is_closed_to_others()
    {
        FileLock.Acquire(new LockRequest(_place.Named("x"))).Dispose();
        using Peer theirs = _other.Locker("hold", "x");
        Assert.Matches("^ERROR (LockAccessDenied|LockDirectoryUnsafe)", theirs.Read("an error"));
    }

    [Fact]
    public void A_strangers_file_in_a_sticky_directory_is_no_lock_by_path()
    {
        string shared = _place.File("shared");
        MakeShared(shared);
        File.WriteAllText(Path.Combine(shared, "f"), "");
        Chown(Path.Combine(shared, "f"));
        Expect.Error(LockError.LockFileForeignOwner, () => FileLock.Acquire(new LockRequest(LockTarget.FromPath(Path.Combine(shared, "f")))));
        // A file of root's is trusted by everybody, even where fs.protected_regular forbids O_CREAT on it.
        File.WriteAllText(Path.Combine(shared, "g"), "");
        using Peer theirs = _other.Locker("hold", "file:" + Path.Combine(shared, "g")).Expect("HELD");
    }

    [Fact]
    public void A_directory_without_the_right_to_write_says_so()
    {
        string closed = _place.NewDirectory("closed");
        Modes.Set(closed, (UnixFileMode)0x1ed); // 0755 of root
        using Peer theirs = _other.Locker("hold", "file:" + Path.Combine(closed, "f"));
        string error = theirs.Read("an error");
        Assert.StartsWith("ERROR LockAccessDenied", error, StringComparison.Ordinal);
        Assert.Contains("Permission denied", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_may_only_be_read_can_be_locked_without_anything_beside_it()
    {
        string closed = _place.NewDirectory("closed");
        string file = Path.Combine(closed, "f");
        File.WriteAllText(file, "");
        Modes.Set(file, (UnixFileMode)0x124); // 0444
        using Peer theirs = _other.Locker("hold", "file:" + file).Expect("HELD");
        using (Peer mine = Peer.Locker(_place, "hold", "file:" + file, "--no-wait"))
            Assert.StartsWith("ERROR LockBusy", mine.Read("busy"), StringComparison.Ordinal);
        using Peer waiting = _other.Locker("hold", "file:" + file);
        KernelView.AwaitWaiters(file, 1);
        theirs.EndInput();
        theirs.Expect("RELEASED");
        waiting.Expect("HELD");
        Assert.Equal(["f"], Directory.GetFiles(closed).Select(Path.GetFileName));
    }

    [Fact]
    public void A_file_without_any_rights_says_so()
    {
        string open = _place.NewDirectory("open");
        File.WriteAllText(Path.Combine(open, "f"), "");
        Modes.Set(Path.Combine(open, "f"), UnixFileMode.None);
        using Peer theirs = _other.Locker("hold", "file:" + Path.Combine(open, "f"));
        Assert.StartsWith("ERROR LockAccessDenied", theirs.Read("an error"), StringComparison.Ordinal);
    }
}
