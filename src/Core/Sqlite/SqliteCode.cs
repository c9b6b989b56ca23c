using System;
using System.Globalization;

namespace ProcessDedup.Sqlite;

/// <summary>
/// A result code of SQLite. The low byte is the primary code, the rest tells which case of it: SQLITE_IOERR_LOCK (3850)
/// is one of SQLITE_IOERR (10). Equality is exact; <see cref="Matches"/> takes a primary code for all of its cases.
/// </summary>
/// <remarks>https://sqlite.org/rescode.html</remarks>
public readonly struct SqliteCode : IEquatable<SqliteCode>
{
    private const string Prefix = "SQLITE_";

    /// <summary>SQLITE_CANTOPEN_SYMLINK.</summary>
    internal const int CannotOpenSymbolicLink = 1550;

    /// <summary>The code with this number, known or not.</summary>
    public SqliteCode(int number) => Number = number;

    /// <summary>SQLITE_OK.</summary>
    public static SqliteCode Ok => new(0);

    /// <summary>SQLITE_ERROR: the statement is wrong, or asks for what is not there.</summary>
    public static SqliteCode Error => new(1);

    /// <summary>SQLITE_BUSY: another connection has the lock.</summary>
    public static SqliteCode Busy => new(5);

    /// <summary>SQLITE_READONLY.</summary>
    public static SqliteCode ReadOnly => new(8);

    /// <summary>SQLITE_INTERRUPT.</summary>
    public static SqliteCode Interrupt => new(9);

    /// <summary>SQLITE_IOERR: the system refused something.</summary>
    public static SqliteCode IoError => new(10);

    /// <summary>SQLITE_CORRUPT.</summary>
    public static SqliteCode Corrupt => new(11);

    /// <summary>SQLITE_FULL.</summary>
    public static SqliteCode Full => new(13);

    /// <summary>SQLITE_CANTOPEN.</summary>
    public static SqliteCode CannotOpen => new(14);

    /// <summary>SQLITE_PROTOCOL: the locks of the write-ahead log are in disorder.</summary>
    public static SqliteCode Protocol => new(15);

    /// <summary>SQLITE_CONSTRAINT.</summary>
    public static SqliteCode Constraint => new(19);

    /// <summary>SQLITE_NOTADB.</summary>
    public static SqliteCode NotADatabase => new(26);

    /// <summary>The whole number, 3850.</summary>
    public int Number { get; }

    /// <summary>The primary code's number, 10 of 3850.</summary>
    public int PrimaryNumber => Number & 0xff;

    /// <summary>The primary code.</summary>
    public SqliteCode Primary => new(PrimaryNumber);

    /// <summary>Is it more than its primary code?</summary>
    public bool IsExtended => Number > 0xff;

    /// <summary>The name in sqlite3.h, "SQLITE_IOERR_LOCK"; of an unknown number the primary's name, or SQLITE_UNKNOWN.</summary>
    public string Name => Prefix + (SqliteCodeNames.Find(Number) ?? SqliteCodeNames.Find(PrimaryNumber) ?? "UNKNOWN");

    /// <summary>The code of a name in sqlite3.h; null if there is none.</summary>
    public static SqliteCode? FromName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string bare = name.StartsWith(Prefix, StringComparison.Ordinal) ? name.Substring(Prefix.Length) : name;
        return SqliteCodeNames.Find(bare) is { } number ? new SqliteCode(number) : null;
    }

    /// <summary>Is it this code, or, if <paramref name="pattern"/> is a primary one, a case of it?</summary>
    public bool Matches(SqliteCode pattern) =>
        Number == pattern.Number || !pattern.IsExtended && PrimaryNumber == pattern.Number;

    /// <inheritdoc/>
    public bool Equals(SqliteCode other) => Number == other.Number;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is SqliteCode other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Number;

    /// <summary>The same number?</summary>
    public static bool operator ==(SqliteCode left, SqliteCode right) => left.Equals(right);

    /// <summary>Another number?</summary>
    public static bool operator !=(SqliteCode left, SqliteCode right) => !left.Equals(right);

    /// <summary>Name and number, since people search for either: "SQLITE_IOERR_LOCK (3850)".</summary>
    public override string ToString() => $"{Name} ({Number.ToString(CultureInfo.InvariantCulture)})";
}
