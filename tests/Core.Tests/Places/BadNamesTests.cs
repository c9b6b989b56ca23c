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
        "a\u200bb", "a\u202eb", "\ufeffa", "a\u2066b", "a\u00adb", "a\ufe0f", "a\u2028b", "a\U000e0041b",
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
    [InlineData("ß", "ß.lock")]
    [InlineData("con", "%63on.lock")]
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

    [Theory]
    [InlineData("Restore", "restore")]
    [InlineData("ÄÖÜ", "äöü")]
    [InlineData("ΣΑΣ", "σας")]
    [InlineData("STRAẞE", "straße")]
    [InlineData("CON", "con")]
    [InlineData("\U00010400", "\U00010428")]
    public void Two_spellings_are_one_lock_one_slot_lock_and_one_registered_name_for_every_process(string name, string other)
    {
        Assert.Equal(_place.Named(name).LockFile, _place.Named(other).LockFile);
        using (FileLock.Acquire(new LockRequest(_place.Named(name))))
        {
            using Peer peer = Peer.Locker(_place, "hold", other, "--no-wait");
            Assert.StartsWith("ERROR LockBusy", peer.Read("an error"), StringComparison.Ordinal);
            using Peer native = Peer.Procdedup(_place, "lock", other, "--no-wait", "--", "true");
            Assert.Equal(75, native.WaitForExit());
        }

        Assert.Single(_place.Root.ExistingLocks());
        LockNames names = NameRegistry.Of(_place.Root);
        names.Register(name, "Team A");
        Expect.Error(LockError.LockNameTaken, () => names.Register(other, "Team B"));
        Assert.Equal("Team A", names.Find(other + ".nightly")?.Owner);
        Assert.Equal(name, Assert.Single(names.All()).Namespace);
        Assert.Single(new LockRequest([_place.Named(name), _place.Named(other)]).Targets);
    }

    [Fact]
    public void Every_character_is_folded_once_and_to_what_it_is_in_other_tables()
    {
        Assert.All(CaseFolding.All, pair =>
        {
            string from = char.ConvertFromUtf32(pair.From), to = char.ConvertFromUtf32(pair.To);
            Assert.Equal(to, CaseFolding.Fold(from));
            Assert.Equal(to, CaseFolding.Fold(to));
            // Without ICU what has another form in NFC is refused.
            if (!NormalForm.HasOtherForm(from, 0) && !NormalForm.HasOtherForm(to, 0))
                Assert.Equal(LockName.Parse("a" + from).Encoded, LockName.Parse("a" + to).Encoded);
        });
        Assert.Equal(1453, System.Linq.Enumerable.Count(CaseFolding.All));
        for (int character = 0x80; character <= 0x1FFFF; character++)
        {
            if (character is >= 0xD800 and <= 0xDFFF)
                continue;
            // .NET's own table is of a later Unicode and knows more; what both know is the same.
            string text = char.ConvertFromUtf32(character), lower = text.ToLowerInvariant();
            if (lower != text && CaseFolding.Fold(text) != text)
                Assert.Equal(CaseFolding.Fold(lower), CaseFolding.Fold(text));
        }
    }

    [Fact]
    public void Keys_of_claims_and_paths_have_their_case()
    {
        using LockLease upper = FileLock.Acquire(new LockRequest(_place.AtPath("A")) { NoWait = true });
        if (OperatingSystem.IsWindows())
        {
            // For the system they are one file.
            Expect.Error(LockError.LockReentered, () => FileLock.Acquire(new LockRequest(_place.AtPath("a")) { NoWait = true }));
            return;
        }

        Assert.NotEqual(_place.AtPath("A").LockFile, _place.AtPath("a").LockFile);
        using LockLease lower = FileLock.Acquire(new LockRequest(_place.AtPath("a")) { NoWait = true });
    }

    [Fact]
    public void One_file_by_two_paths_in_one_request_is_one_lock()
    {
        string real = _place.NewDirectory("real");
        Links.ToDirectory(_place.File("link"), real);
        LockTarget[] twice = [LockTarget.FromPath(Path.Combine(real, "f")), LockTarget.FromPath(_place.File("link/f"))];
        using (LockLease one = Assert.Single(FileLock.AcquireAll(new LockRequest(twice) { NoWait = true })))
            Assert.False(one.IsReleased);
        File.WriteAllText(_place.File("g"), string.Empty);
        using Mounted mount = Mounted.FileAt(_place, _place.File("g"), _place.File("mounted"));
        LockTarget[] mounted = [_place.AtPath("g"), _place.AtPath("mounted")];
        using LockLease other = Assert.Single(FileLock.AcquireAll(new LockRequest(mounted) { NoWait = true }));
    }
}
