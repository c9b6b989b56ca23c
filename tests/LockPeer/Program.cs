using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using ProcessDedup;
using ProcessDedup.LockPeer;
using ProcessDedup.Locks;

// The other process of the tests. It says what it did on lines of standard output and goes on when it is told to on
// standard input; at the end of its input it ends. It never sleeps to wait for something.
_ = Console.In; // Opened before anyone takes the descriptors away.
if (args is ["say", .. string[] said])
{
    foreach (string argument in said)
        Say($"<{argument}>");
    return 0;
}

var options = new PeerOptions(args.Skip(1).ToArray());
try
{
    Action<PeerOptions> run = args.FirstOrDefault() switch
    {
        "hold" => Hold,
        "nested" => Nested,
        "count" => Count,
        "occupy" => Occupy,
        "visit" => Visit,
        "sets" => Sets,
        "try" => Try,
        "clear" => Clear,
        "locks" => Locks,
        "insist" => Insist,
        "register" => Register,
        "fenced" => FencedWriter.Run,
        _ => throw new ArgumentException("fenced | hold | nested | count | occupy | visit | sets | try | clear | locks | insist | register"),
    };
    run(options);
    return 0;
}
catch (DedupException e)
{
    Say($"ERROR {e.ErrorId} {e.Message}");
    return 1;
}

static void Say(string line) => Console.Out.WriteLine(line);

// hold LOCK...: HELD, then PROGRESS TEXT lines, RELEASED at any other line or the end.
static void Hold(PeerOptions options)
{
    IReadOnlyList<LockLease> leases = FileLock.AcquireAll(options.Request([.. options.Words]));
    foreach (LockLease lease in leases.Where(l => l.CrashedHolder is not null))
        Say($"CRASHED {lease.CrashedHolder!.ProcessId} {lease.CrashedHolder.Reason}");
    foreach (LockLease lease in leases)
        lease.GetLostToken().Register(() => Say("LOST " + lease.Target));
    Say(leases[0].Fence is { } fence ? $"HELD {fence}" : "HELD");
    while (Console.In.ReadLine() is { } line && line.StartsWith("PROGRESS ", StringComparison.Ordinal))
        leases[0].Progress = line["PROGRESS ".Length..];
    foreach (LockLease lease in leases)
        lease.Dispose();
    Say("RELEASED");
}

// register NAME OWNER --rounds N: READY, waits for a line, then for the names NAME0, NAME1 and so on REGISTERED NAME OWNER,
// or TAKEN and the error that tells whose it is.
static void Register(PeerOptions options)
{
    LockNames registry = options.Coordinator?.Names ?? NameRegistry.Of(LockRoot.Default());
    registry.Register("warm-" + options.Words[1], options.Words[1]);
    Say("READY");
    Console.In.ReadLine();
    for (int i = 0; i < options.Rounds; i++)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{options.Words[0]}{i}");
        try
        {
            Say($"REGISTERED {name} {registry.Register(name, options.Words[1]).Owner}");
        }
        catch (LockException e) when (e.Error == LockError.LockNameTaken)
        {
            Say($"TAKEN {name} {e.Message}");
        }
    }
}

// nested OUTER INNER: HELD OUTER, waits for a line, HELD INNER, both released at the next line.
static void Nested(PeerOptions options)
{
    using LockLease outer = FileLock.Acquire(options.Request(options.Words[0]));
    Say("HELD OUTER");
    Console.In.ReadLine();
    Say("WANTS INNER");
    using LockLease inner = FileLock.Acquire(options.Request(options.Words[1]));
    Say("HELD INNER");
    Console.In.ReadLine();
}

// count LOCK FILE --rounds N: reads, adds one, writes; nothing but the lock keeps two from doing so at once.
static void Count(PeerOptions options)
{
    LockRequest request = options.Request(options.Words[0]);
    byte[] buffer = new byte[8];
    using var file = new FileStream(options.Words[1], FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 0);
    Say("READY");
    Console.In.ReadLine();
    for (int i = 0; i < options.Rounds; i++)
    {
        using LockLease lease = FileLock.Acquire(request);
        file.Position = 0;
        file.ReadExactly(buffer);
        BitConverter.TryWriteBytes(buffer, BitConverter.ToInt64(buffer) + 1);
        file.Position = 0;
        file.Write(buffer);
    }

    Say("DONE");
}

// occupy LOCK DIRECTORY [--rounds N] [--hold-ms N] [--pause-ms N]: takes the lock again and again until told to end. IN after the
// first round; with --tell IN after each, and with --goes-on it does not end after its rounds, but says ENOUGH when it has done
// them and one of those in the directory has seen as many inside as there are slots.
static void Occupy(PeerOptions options)
{
    var inside = new Inside(options.Words[1], options);
    LockRequest request = options.Request(options.Words[0]);
    var order = new OrderToEnd();
    Say("READY");
    int rounds = 0;
    bool hasEnough = false;
    // One of them has seen all slots in use.
    string full = options.Words[1] + ".full";
    for (; !order.IsGiven && (options.Rounds == 0 || options.GoesOn || rounds < options.Rounds); rounds++)
    {
        using LockLease lease = FileLock.Acquire(request);
        inside.Visit(() => Thread.Sleep(options.Hold));
        lease.Dispose();
        if (rounds == 0 || options.Tells)
            Say("IN");
        if (options.GoesOn && inside.Most >= (options.Slots ?? 1))
            File.WriteAllBytes(full, []);
        if (options.GoesOn && !hasEnough && rounds + 1 >= options.Rounds && File.Exists(full))
        {
            hasEnough = true;
            Say("ENOUGH");
        }

        if (options.Pause > TimeSpan.Zero)
            Thread.Sleep(options.Pause);
    }

    Say(string.Create(CultureInfo.InvariantCulture, $"DONE rounds={rounds} leftovers={inside.Leftovers} most={inside.Most}"));
}

// visit DIRECTORY [--hold-ms N]: no lock of its own; the command of a "procdedup lock".
static void Visit(PeerOptions options) => new Inside(options.Words[0], options).Visit(() =>
{
    Say("IN");
    Thread.Sleep(options.Hold);
});

// sets DIRECTORY LOCK... --rounds N --seed N: random subsets in random order, all or none.
static void Sets(PeerOptions options)
{
    var random = new Random(options.Seed);
    string[] names = options.Words.Skip(1).ToArray();
    for (int round = 0; round < options.Rounds; round++)
    {
        string[] chosen = random.GetItems(names, random.Next(1, names.Length + 1));
        IReadOnlyList<LockLease> leases = FileLock.AcquireAll(options.Request(chosen));
        Action visit = () => { };
        foreach (LockLease lease in leases)
        {
            Action inner = visit;
            var inside = new Inside(Path.Combine(options.Words[0], lease.Target.Display), options);
            visit = () => inside.Visit(inner);
        }

        visit();
        foreach (LockLease lease in leases)
            lease.Dispose();
    }

    Say("DONE");
}

// try LOCK --rounds N: never waits; says how often it was busy.
static void Try(PeerOptions options)
{
    LockRequest request = options.Request(options.Words[0]) with { NoWait = true };
    int busy = 0;
    for (int i = 0; i < options.Rounds; i++)
    {
        try
        {
            FileLock.Acquire(request).Dispose();
        }
        catch (LockException e) when (e.Error == LockError.LockBusy)
        {
            busy++;
        }
    }

    Say(string.Create(CultureInfo.InvariantCulture, $"DONE busy={busy}"));
}

// clear LOCK [--rounds N]: removes the lock's files over and over until it has done so N times, or until it is told to end.
static void Clear(PeerOptions options)
{
    LockTarget target = PeerOptions.Target(options.Words[0]);
    var order = new OrderToEnd();
    Say("READY");
    var outcomes = new int[Enum.GetValues<ClearOutcome>().Length];
    while (options.Rounds > 0 ? outcomes[(int)ClearOutcome.Cleared] < options.Rounds : !order.IsGiven)
    {
        ClearedLock result = StaleLocks.ClearWithoutLook(target, TimeSpan.Zero);
        outcomes[(int)result.Outcome]++;
        if (result.Outcome == ClearOutcome.Failed)
            Say("FAILED " + result.Reason);
    }

    Say(string.Create(CultureInfo.InvariantCulture, $"DONE cleared={outcomes[(int)ClearOutcome.Cleared]} inuse={outcomes[(int)ClearOutcome.InUse]}"));
}

// insist LOCK: tries again after every timeout, each told by a line, until it is HELD; released at the next line. SIGURG
// belongs to somebody else in this process, so that every wait given up leaves a thread in the kernel's queue.
static void Insist(PeerOptions options)
{
    ForeignSignalHandler.Install();
    LockRequest request = options.Request(options.Words[0]);
    for (; ; )
    {
        try
        {
            using LockLease lease = FileLock.Acquire(request);
            Say("HELD");
            Console.In.ReadLine();
            Say("RELEASED");
            return;
        }
        catch (LockTimeoutException)
        {
            Say("TIMEOUT");
        }
    }
}

// locks LOCK: what this process can see of it.
static void Locks(PeerOptions options)
{
    LockStatus status = LockInspector.Inspect(PeerOptions.Target(options.Words[0]));
    Say(string.Join(' ', [status.State.ToString(), .. status.Holders.Select(h => h.Describe())]));
}
