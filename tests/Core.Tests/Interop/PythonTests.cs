using System;
using System.Linq;
using ProcessDedup.Locks;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Interop;

/// <summary>python3-filelock, and Nix's protocol followed to the letter in Python.</summary>
public sealed class PythonTests : IDisposable
{
    // The distribution's own interpreter: python3-filelock is a package of it.
    private const string Python = "/usr/bin/python3";

    private const string FileLockScript = """
        import sys
        from filelock import FileLock, Timeout
        lock = FileLock(sys.argv[1], timeout=float(sys.argv[2]))
        try:
            with lock:
                print("in", flush=True)
                sys.stdin.readline()
            print("out", flush=True)
        except Timeout:
            print("busy", flush=True)
        """;

    // pathlocks.cc: lock, then look whether the file was deleted (it is no longer empty); to delete: unlink, write a byte.
    private const string NixScript = """
        import sys, os, fcntl
        path = sys.argv[1]
        for _ in range(int(sys.argv[2])):
            while True:
                fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                fcntl.flock(fd, fcntl.LOCK_EX)
                if os.fstat(fd).st_size == 0:
                    break
                os.close(fd)
            with open(sys.argv[3]) as f:
                n = int(f.read())
            with open(sys.argv[3], "w") as f:
                f.write(str(n + 1))
            os.unlink(path)
            os.write(fd, b"d")
            os.close(fd)
        """;

    private readonly TestDirectory _place = new();
    private readonly string _file;

    public PythonTests()
    {
        Assert.SkipUnless(System.IO.File.Exists(Python), Python + " is not installed");
        _file = _place.File("f");
    }

    private LockRequest Request => new(LockTarget.FromPath(_file));

    public void Dispose() => _place.Dispose();

    private Peer FileLockOf(double timeout)
    {
        using (Peer probe = Peer.Run(_place, Python, "-c", "import filelock"))
            Assert.SkipUnless(probe.WaitForExit() == 0, "python3-filelock is not installed (apt-get install python3-filelock)");
        return Peer.Run(_place, Python, "-c", FileLockScript, _file, timeout.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void Filelock_keeps_us_out_and_lets_us_in_when_it_ends()
    {
        using Peer python = FileLockOf(-1);
        python.Expect("in");
        Expect.Error(LockError.LockBusy, () => FileLock.Acquire(Request with { NoWait = true }));
        Assert.Equal([python.Id], LockInspector.Inspect(LockTarget.FromPath(_file)).Holders.Select(h => h.ProcessId!.Value));
        System.Threading.Tasks.Task<LockLease> wait = OtherFlow.Start(() => FileLock.Acquire(Request));
        KernelView.AwaitWaiters(_file, 1);
        python.EndInput();
        wait.Result("the lock after filelock").Dispose();
    }

    [Fact]
    public void We_keep_filelock_out_and_let_it_in_when_we_release()
    {
        LockLease held = FileLock.Acquire(Request);
        using (Peer busy = FileLockOf(0.2))
            busy.Expect("busy");
        using Peer waiting = FileLockOf(60);
        held.Dispose();
        waiting.Expect("in");
        Assert.Equal(0, new System.IO.FileInfo(_file).Length);
    }

    [Fact]
    public void A_counter_that_Nixs_protocol_and_clearing_and_we_fight_over_never_loses_a_step()
    {
        string counter = _place.File("count");
        System.IO.File.WriteAllText(counter, "0");
        const int rounds = 300, loops = 3, each = 8;
        using Peer clearer = Peer.Locker(_place, "clear", "file:" + _file).Expect("READY");
        Peer[] nix = Enumerable.Range(0, loops).Select(_ => Peer.Run(
            _place, Python, "-c", NixScript, _file, $"{rounds}", counter)).ToArray();
        string script = $"i=0; while [ $i -lt {each} ]; do \"$PROCDEDUP\" lock --file {_file} -- sh -c 'n=$(cat {counter}); printf $((n + 1)) > {counter}' || exit 1; i=$((i + 1)); done";
        using Peer ours = Peer.Run(_place, "/bin/sh", "-c", script);
        (int code, string output, string errors) = ours.Finish();
        Assert.True(code == 0 && output.Length == 0, errors);
        foreach (Peer peer in nix)
        {
            Assert.Equal((0, "", ""), peer.Finish());
            peer.Dispose();
        }

        clearer.Say("end");
        clearer.Await("DONE");
        Assert.Equal((rounds * loops + each).ToString(System.Globalization.CultureInfo.InvariantCulture), System.IO.File.ReadAllText(counter));
    }
}
