using System;

namespace ProcessDedup.Sqlite;

/// <summary>One call of SQLite that failed.</summary>
/// <param name="Code">The extended result code.</param>
/// <param name="Stage">Where it came.</param>
/// <param name="Autocommit">Is no transaction open any more?</param>
/// <param name="Message">SQLite's own words.</param>
internal sealed record SqliteFault(SqliteCode Code, SqliteStage Stage, bool Autocommit, string Message)
{
    /// <summary>
    /// Is this an error that comes before anything can be on the disk? Measured: a refused lock always is. A full disk is
    /// one for a cache; the log of a primary is filled up to a sector behind the commit, and that may fail as well.
    /// </summary>
    public bool IsBeforeCommit(SqliteRole role) => Stage != SqliteStage.Commit
        || Code.Matches(SqliteCode.Busy) || Code.Matches(SqliteCode.Constraint)
        || Code.Number is 3850 or 3594
        || role == SqliteRole.Cache && Code.Matches(SqliteCode.Full);
}

/// <summary>Carries a fault out of the calls that prepare, bind and step. Never leaves this layer.</summary>
internal sealed class SqliteFaultException(SqliteFault fault, Exception? inner = null) : Exception($"{fault.Code}: {fault.Message}", inner)
{
    public SqliteFault Fault { get; } = fault;
}
