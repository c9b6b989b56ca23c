using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using ProcessDedup.Fetch;
using ProcessDedup.Flight;
using ProcessDedup.Platform;
using ProcessDedup.Store;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Artifacts;

/// <summary>What was done to a tree after it was read to the last byte is noticed before a copy of it is handed out.</summary>
public sealed class DamagedRestoreTests : VerifiedTree
{
    public static TheoryData<string, bool> Damages
    {
        get
        {
            var all = new TheoryData<string, bool>();
            foreach (string how in new[] { "truncated", "written to", "written to and its time set back", "replaced", "mapped", "made longer", "removed" })
            {
                all.Add(how, false);
                all.Add(how, true);
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public void What_was_damaged_between_two_restores_is_not_handed_out(string how, bool readOnly)
    {
        Build("second", readOnly);
        Assert.NotNull(FactsNow());
        // To the nanosecond, as touch -r does it: then the time of the last change alone shows it.
        Assert.True(FileSystem.TryGetFacts(Stored, out FileFacts before));
        if (how != "removed")
            Modes.Set(Stored, "644");
        switch (how)
        {
            case "truncated":
                using (FileStream file = File.OpenWrite(Stored))
                    file.SetLength(3);
                break;
            case "written to":
                File.WriteAllText(Stored, Bad);
                break;
            case "written to and its time set back":
                File.WriteAllText(Stored, Bad);
                FileTimes.TrySetModified(Stored, before.ModifiedNanoseconds);
                break;
            case "replaced":
                File.WriteAllText(Stored + "2", Bad);
                FileTimes.TrySetModified(Stored + "2", before.ModifiedNanoseconds);
                File.Move(Stored + "2", Stored, overwrite: true);
                break;
            case "mapped":
                using (Peer python = Peer.Run(_place, "python3", "-c",
                    "import mmap,sys; f=open(sys.argv[1],'r+b'); m=mmap.mmap(f.fileno(),0); m[:]=sys.argv[2].encode()", Stored, Bad))
                    Assert.Equal(0, python.Finish().Code);
                break;
            case "made longer":
                File.AppendAllText(Stored, "!");
                break;
            default:
                File.Delete(Stored);
                break;
        }

        if (how != "removed")
            Modes.Set(Stored, "444");
        Assert.Equal(FetchStatus.Built, Build("third", readOnly));
        AssertGood("third");
        Assert.Equal(2, _builds);
    }

    [Fact]
    public void A_writer_that_has_the_file_mapped_since_before_it_was_read_is_noticed()
    {
        Assert.SkipWhen(Programs.Find("python3") is null, "python3 is not installed");
        Modes.Set(Stored, "644");
        using Peer writer = Peer.Run(_place, "python3", "-uc",
            "import mmap,sys; f=open(sys.argv[1],'r+b'); m=mmap.mmap(f.fileno(),0); m[0:1]=m[0:1]; print('mapped'); sys.stdin.readline(); m[:]=sys.argv[2].encode(); print('written'); sys.stdin.readline()",
            Stored, Bad);
        writer.Expect("mapped");
        // The page is dirty now, and could be written to again without a fault.
        Build("second");
        Assert.NotNull(FactsNow());
        writer.Say("go");
        writer.Expect("written");
        Build("third");
        AssertGood("third");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Crowds_that_link_and_copy_one_tree_at_once_get_it_with_locks_and_without(bool withoutLocks)
    {
        var hooks = new FlightHooks { WithoutLocks = withoutLocks };
        string[] all = [.. Enumerable.Range(0, 24).Select(i => $"copy{i}")];
        Parallel.ForEach(all, new ParallelOptions { MaxDegreeOfParallelism = 12 }, (name, _, i) => Build(name, i % 2 == 0, hooks));
        Array.ForEach(all, AssertGood);
        Assert.Equal(1, _builds);
    }

    [Fact]
    public async Task Sixteen_processes_that_restore_a_tree_while_it_is_damaged_get_it_as_it_should_be()
    {
        string[] command =
        [
            "build", "many", "--out", "", "--", "sh", "-c",
            "cd \"$PROCESSDEDUP_OUT\" && for i in 1 2 3 4 5 6 7 8 9; do echo \"content of $i\" > $i; done",
        ];
        Peer Restore(string to)
        {
            string[] words = [.. command];
            words[3] = _place.File(to);
            return Peer.Procdedup(_place, words);
        }

        using (Peer first = Restore("many"))
            Assert.Equal(0, first.Finish().Code);
        string tree = _layout.TreeDirectory(TreeManifest.Of(_place.File("many"), default).Digest.Hex);
        bool isOver = false;
        Task damage = Task.Run(() =>
        {
            for (int i = 0; !System.Threading.Volatile.Read(ref isOver); i++)
            {
                string file = Path.Combine(tree, $"{i % 9 + 1}");
                try
                {
                    if (i % 4 == 0)
                        Modes.Set(file, (UnixFileMode)0x1a4);
                    using FileStream open = File.OpenWrite(file);
                    open.Write(Encoding.ASCII.GetBytes(i % 2 == 0 ? "CONTENT" : "content"));
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    // In quarantine just now.
                }
            }
        });
        int count = Scale.Of(16, 48);
        Peer[] peers = [.. Enumerable.Range(0, count).Select(i => Restore($"many{i}"))];
        (int Code, string Output, string Errors)[] ends = [.. peers.Select(p => p.Finish())];
        System.Threading.Volatile.Write(ref isOver, true);
        await damage;
        Array.ForEach(peers, p => p.Dispose());
        // The second attempt may meet damage, too: the message says so, and nothing is there then.
        Assert.All(ends, e => Assert.True(
            e.Code == 0 || e.Errors.Contains("is damaged", StringComparison.Ordinal) || e.Errors.Contains("is not there any more", StringComparison.Ordinal), e.Errors));
        int whole = 0;
        foreach (string copy in Enumerable.Range(0, count).Select(i => _place.File($"many{i}")).Where(Directory.Exists))
        {
            whole++;
            for (int i = 1; i <= 9; i++)
                Assert.Equal($"content of {i}\n", File.ReadAllText(Path.Combine(copy, $"{i}")));
        }

        Assert.Equal(ends.Count(e => e.Code == 0), whole);
    }
}
