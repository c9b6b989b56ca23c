using System;
using System.Globalization;
using System.Linq;
using ProcessDedup.Sqlite;

namespace ProcessDedup.SqlitePeer;

/// <summary>
/// What an evaluator of Nix does with its cache of attributes (eval-cache.cc): one database for all, a long-lived
/// connection, a look at each attribute, and where it is missing an insertion below its parent's row.
/// </summary>
internal sealed class AttributeCache : IDisposable
{
    private const int ChildrenOfOne = 100;

    private static readonly SqliteSchema Schema = new(
        "CREATE TABLE Attributes(parent INTEGER NOT NULL, name TEXT, type INTEGER NOT NULL, value TEXT, PRIMARY KEY(parent, name))");

    private readonly SqliteOptions _options = new() { Role = SqliteRole.Cache, Schema = Schema };
    private readonly SqliteRunner _reader, _writer;
    private readonly string _self;
    private readonly int _count;
    private int _found, _foundOfOthers, _missed, _put, _skipped, _wrong;
    private TimeSpan _longest;

    private AttributeCache(string file, string self, int count)
    {
        (_self, _count) = (self, count);
        _reader = new SqliteRunner(file, _options with { Mode = SqliteTransactionMode.Deferred });
        _writer = new SqliteRunner(file, _options);
    }

    /// <summary>
    /// attributes DB WORKER COUNT: READY, a line, then FOUND of-others MISSED PUT SKIPPED WRONG LONGEST-MS; a line, then
    /// the same of a second look at all of them.
    /// </summary>
    public static void Run(string[] words)
    {
        using var cache = new AttributeCache(words[0], words[1], int.Parse(words[2], CultureInfo.InvariantCulture));
        Say("READY");
        for (int pass = 0; pass < 2; pass++)
        {
            Console.In.ReadLine();
            cache.Pass();
        }
    }

    public void Dispose()
    {
        _reader.Dispose();
        _writer.Dispose();
    }

    private void Pass()
    {
        (_found, _foundOfOthers, _missed, _put, _skipped, _wrong, _longest) = (0, 0, 0, 0, 0, 0, TimeSpan.Zero);
        // Evaluators come to the same attributes in orders of their own.
        int[] order = Enumerable.Range(0, _count).ToArray();
        Random.Shared.Shuffle(order);
        foreach (int number in order)
            Visit($"set{number / ChildrenOfOne}", $"attr{number}");
        Say(string.Create(
            CultureInfo.InvariantCulture,
            $"{_found} {_foundOfOthers} {_missed} {_put} {_skipped} {_wrong} {_longest.TotalMilliseconds:0}"));
    }

    private void Visit(string set, string name)
    {
        SqliteResult<string?> found = Counted(_reader.Run(tx => tx.Query(
            "SELECT c.value FROM Attributes p JOIN Attributes c ON c.parent = p.rowid WHERE p.parent = 0 AND p.name = ? AND c.name = ?",
            SqliteParameters.Ordered(set, name)).Select(r => (string?)r[0]).SingleOrDefault()));
        if (found is { Outcome: SqliteOutcome.Committed, Value: { } value })
        {
            _found++;
            _wrong += value.StartsWith(name + " by ", StringComparison.Ordinal) ? 0 : 1;
            _foundOfOthers += value == $"{name} by {_self}" ? 0 : 1;
            return;
        }

        _missed++;
        SqliteResult<int> put = Counted(_writer.Run(tx =>
        {
            // Not "insert or replace": it gives the set another row, and its attributes lose their parent (nix #10590).
            object? parent = tx.Query(
                "INSERT INTO Attributes(parent, name, type, value) VALUES(0, ?, 0, '') ON CONFLICT(parent, name) DO UPDATE SET type = 0 RETURNING rowid",
                SqliteParameters.Ordered(set))[0][0];
            return tx.Execute(
                "INSERT INTO Attributes(parent, name, type, value) VALUES(?, ?, 2, ?) ON CONFLICT(parent, name) DO UPDATE SET type = excluded.type, value = excluded.value",
                SqliteParameters.Ordered(parent, name, $"{name} by {_self}"));
        }));
        if (put.Outcome == SqliteOutcome.Committed)
            _put++;
    }

    private SqliteResult<T> Counted<T>(SqliteResult<T> result)
    {
        if (result.Outcome != SqliteOutcome.Committed)
            _skipped++;
        if (result.Waited > _longest)
            _longest = result.Waited;
        return result;
    }

    private static void Say(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }
}
