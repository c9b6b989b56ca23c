using System;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup;
using ProcessDedup.Locks;
using ProcessDedup.Sqlite;
using ProcessDedup.SqlitePeer;

// The other process of the tests of databases. It says what it did on lines of standard output.
try
{
    Action<string[]> run = args.FirstOrDefault() switch
    {
        "insert" => Insert,
        "naive" => Naive,
        "hold" => Hold,
        "gate" => Gate,
        "start" => Start,
        "check" => Check,
        "lazy" => Lazy,
        "claim" => ClaimCommands.Claim,
        "claim-naive" => ClaimCommands.Naive,
        "claim-relay" => ClaimCommands.Relay,
        "read" => ClaimCommands.Read,
        "transfer" => Transfer,
        "look" => Look,
        "with-lock" => LockCommands.WithLock,
        "lock-then-write" => LockCommands.LockThenWrite,
        "attributes" => AttributeCache.Run,
        _ => throw new ArgumentException("insert | naive | hold | gate | start | check | lazy | claim | claim-naive | claim-relay | read | transfer | look | with-lock | lock-then-write | attributes"),
    };
    run(args[1..]);
    return 0;
}
catch (DedupException e)
{
    Say($"ERROR {e.ErrorId} {e.Message}");
    return 1;
}

// Told at once: what is killed afterwards has still said it.
static void Say(string line)
{
    Console.Out.WriteLine(line);
    Console.Out.Flush();
}

static SqliteOptions Options(string journal) => new()
{
    Journal = journal.StartsWith("wal", StringComparison.Ordinal) ? SqliteJournal.WriteAheadLog
        : journal == "auto" ? SqliteJournal.Auto
        : SqliteJournal.Rollback,
    Timeout = TimeSpan.FromSeconds(60),
    Schema = new SqliteSchema("CREATE TABLE t(writer TEXT, n INTEGER)"),
};

// insert DB wal|delete|wal-gate|delete-gate WRITER ROUNDS THINK_MS: READY, waits for a line, then ACK N for each row.
static void Insert(string[] words)
{
    string file = words[0];
    SqliteOptions options = Options(words[1]);
    if (words[1].EndsWith("gate", StringComparison.Ordinal))
        options = options with { Gate = SqliteOptions.GateBeside(file) };
    int think = int.Parse(words[4], CultureInfo.InvariantCulture);
    using var runner = new SqliteRunner(file, options);
    Say("READY");
    Console.In.ReadLine();
    for (int i = 0; i < int.Parse(words[3], CultureInfo.InvariantCulture); i++)
    {
        runner.Run(tx => tx.Execute("INSERT INTO t VALUES(?, ?)", SqliteParameters.Ordered(words[2], i)));
        Say(string.Create(CultureInfo.InvariantCulture, $"ACK {i}"));
        if (think > 0)
            Thread.Sleep(Random.Shared.Next(0, 2 * think));
    }

    Say("DONE");
}

// look DB: LOOKED and the number of rows, as one who only reads.
static void Look(string[] words)
{
    var options = new SqliteOptions { Mode = SqliteTransactionMode.Deferred, Create = false, Timeout = TimeSpan.FromSeconds(10) };
    Say($"LOOKED {SqliteRunner.Run(words[0], options, tx => tx.Query("SELECT count(*) FROM t")[0][0]).Value}");
}

// transfer DB wal|delete GATE|-: moves one between two rows far apart, for ever; ROUND at the first time.
static void Transfer(string[] words)
{
    SqliteOptions options = Options(words[1]);
    if (words[2] == "gate")
        options = options with { Gate = SqliteOptions.GateBeside(words[0]) };
    using var runner = new SqliteRunner(words[0], options);
    for (bool isFirst = true; ; isFirst = false)
    {
        int from = Random.Shared.Next(1, 1000), to = Random.Shared.Next(1, 1000);
        runner.Run(tx =>
        {
            tx.Execute("UPDATE account SET amount = amount - 1 WHERE id = ?", SqliteParameters.Ordered(from));
            tx.Execute("UPDATE account SET amount = amount + 1 WHERE id = ?", SqliteParameters.Ordered(to));
        });
        if (isFirst)
            Say("ROUND");
    }
}

// naive DB ROUNDS: what is commonly written: BEGIN, look, write, COMMIT. READY, waits for a line, ENOUGH after so many rounds, and
// goes on until the next line. DONE with the number of errors.
static void Naive(string[] words)
{
    using DatabaseConnection connection = SqliteSetup.Open(SqlitePlace.Of(words[0]), new SqliteOptions());
    Say("READY");
    Console.In.ReadLine();
    int errors = 0, rounds = int.Parse(words[1], CultureInfo.InvariantCulture);
    Task<string?> end = Task.Run(Console.In.ReadLine);
    for (int i = 0; i < rounds || !end.IsCompleted; i++)
    {
        if (i == rounds)
            Say("ENOUGH");
        try
        {
            connection.Demand("BEGIN");
            connection.Ask("SELECT count(*) FROM t");
            connection.Ask("INSERT INTO t VALUES('naive', ?)", i);
            connection.Demand("COMMIT");
        }
        catch (SqliteFaultException)
        {
            errors++;
            if (!connection.Autocommit)
                connection.Run("ROLLBACK");
        }
    }

    Say(string.Create(CultureInfo.InvariantCulture, $"DONE {errors}"));
}

// hold DB IMMEDIATE|EXCLUSIVE|READ|IDLE|ALONE: HELD; lets go at the next line.
static void Hold(string[] words)
{
    SqlitePlace place = SqlitePlace.Of(words[0]);
    // A log is only used without shared memory if that is asked for before it is looked at.
    using DatabaseConnection connection = words[1] == "ALONE" ? DatabaseConnection.Open(place, mayCreate: false) : SqliteSetup.Open(place, new SqliteOptions());
    if (words[1] == "ALONE")
        connection.RunScript("PRAGMA locking_mode=EXCLUSIVE");
    connection.Demand(words[1] switch { "READ" or "IDLE" => "BEGIN", "ALONE" => "BEGIN IMMEDIATE", _ => "BEGIN " + words[1] });
    if (words[1] == "READ")
        connection.Ask("SELECT count(*) FROM t");
    Say("HELD");
    Console.In.ReadLine();
    connection.Demand("COMMIT");
    connection.Dispose();
    Say("RELEASED");
}

// gate DB: takes the gate and the write lock, HELD; lets go at the next line.
static void Gate(string[] words)
{
    using LockLease gate = FileLock.Acquire(new LockRequest(SqliteOptions.GateBeside(words[0])));
    using DatabaseConnection connection = SqliteSetup.Open(SqlitePlace.Of(words[0]), new SqliteOptions());
    connection.Demand("BEGIN IMMEDIATE");
    Say("HELD");
    Console.In.ReadLine();
    connection.Demand("COMMIT");
}

// start DB wal|delete|auto: READY, waits for a line, makes the schema if it is not there, and says its version.
static void Start(string[] words)
{
    using var runner = new SqliteRunner(words[0], Options(words[1]));
    Say("READY");
    Console.In.ReadLine();
    SqliteResult<object?> result = runner.Run(tx =>
    {
        tx.Execute("INSERT INTO t VALUES('start', 0)");
        return tx.Query("PRAGMA user_version")[0][0];
    });
    Say($"VERSION {result.Value}");
}

// lazy DB: is the library loaded by preparing, by a bad path, and by running? And which is it?
static void Lazy(string[] words)
{
    using var runner = new SqliteRunner(words[0], new SqliteOptions());
    Say($"PREPARED {SqliteLibrary.IsLoaded}");
    runner.Run(tx => tx.Query("SELECT 1"));
    Say($"RUN {SqliteLibrary.IsLoaded}");
    Say($"{SqliteLibrary.Current.Origin} {SqliteLibrary.Current.Version}");
}

// check DB: rows, distinct rows, and what integrity_check says.
static void Check(string[] words)
{
    SqliteResult<string> result = SqliteRunner.Run(words[0], new SqliteOptions { Mode = SqliteTransactionMode.Deferred }, tx =>
        $"{tx.Query("SELECT count(*) FROM t")[0][0]} {tx.Query("SELECT count(*) FROM (SELECT DISTINCT writer, n FROM t)")[0][0]} {tx.Query("PRAGMA integrity_check")[0][0]}");
    Say(result.Value!);
}
