using System;
using System.IO;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Places;

/// <summary>Names of locks: which are refused, and what they are called on disk.</summary>
public sealed class BadNamesTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    public static TheoryData<string> Refused() => new()
    {
        "", " ", "\t", "\u00a0", " x", "x ", ".", "..", ".x", "x.", "a/b", "a\\b", "/etc/passwd", "../x",
        "a\0b", "a\nb", "a\u007fb", "a\u0085b", "\u001b[2J",
        new string('x', 181), new string('é', 91), new string('%', 61),
        "\ud800x", "x\udc00", "a\udc00\ud800b",
    };

    [Theory]
    [MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public void It_is_refused_with_a_reason_and_nothing_is_made(string name)
    {
        LockException refusal = Expect.Error(LockError.LockNameInvalid, () => LockTarget.FromName(_place.Root, name));
        Assert.Contains("is not a lock name: it ", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(refusal.Message, char.IsControl);
        Assert.False(Directory.Exists(_place.Home));
    }

    [Fact]
    public void No_name_at_all_is_refused_too() =>
        Expect.Error(LockError.LockNameInvalid, () => LockTarget.FromName(_place.Root, null!));

    [Theory]
    [InlineData("a", "a.lock")]
    [InlineData("a:b", "a%3Ab.lock")]
    [InlineData("<>:\"|?*%", "%3C%3E%3A%22%7C%3F%2A%25.lock")]
    [InlineData("100%", "100%25.lock")]
    [InlineData("a b", "a b.lock")]
    [InlineData("-x", "-x.lock")]
    [InlineData("a.lock", "a.lock.lock")]
    [InlineData("😀", "😀.lock")]
    public void A_name_and_its_file_lead_to_each_other(string name, string file)
    {
        LockTarget target = LockTarget.FromName(_place.Root, name);
        Assert.Equal(Path.Combine(_place.Root.LocksDirectory, file), target.LockFile);
        FileLock.Acquire(new LockRequest(target)).Dispose();
        Assert.True(File.Exists(target.LockFile));
        Assert.Equal([name], System.Linq.Enumerable.Select(_place.Root.ExistingLocks(), t => t.Display));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("é")]
    [InlineData("%")]
    public void The_longest_name_works_with_everything_that_stands_beside_it(string letter)
    {
        int bytes = letter == "%" ? 3 : System.Text.Encoding.UTF8.GetByteCount(letter);
        LockTarget target = LockTarget.FromName(_place.Root, string.Concat(System.Linq.Enumerable.Repeat(letter, 180 / bytes)));
        using LockLease held = FileLock.Acquire(new LockRequest(target) { Mode = LockMode.Slot, Slots = 128 });
        Eventually.True(() => File.Exists(target.LockFile + ".slot-1.owner"), "the longest record");
    }

    [Fact]
    public void A_letter_in_two_parts_is_the_lock_of_the_composed_letter_or_none_at_all()
    {
        using LockLease held = FileLock.Acquire(new LockRequest(_place.Named("caf\u00e9")));
        using Peer peer = Peer.Locker(_place, "hold", "cafe\u0301", "--no-wait");
        // The second where the program runs without ICU and so cannot compose it.
        Assert.Matches("^ERROR (LockBusy|LockNameInvalid)", peer.Read("an error"));
        Assert.Single(_place.Root.ExistingLocks());
    }

    [Theory]
    [InlineData("a%3ab")]
    [InlineData("a%3")]
    [InlineData("%")]
    [InlineData("%zz")]
    [InlineData("%2F")]
    [InlineData("%00")]
    [InlineData("a%41")]
    [InlineData("")]
    [InlineData("cafe\u0301")]
    [InlineData("% 1")]
    public void A_file_that_no_name_leads_to_is_none(string encoded) => Assert.Null(LockName.TryDecode(encoded));
}
