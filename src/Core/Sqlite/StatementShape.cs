using System.Collections.Generic;
using ProcessDedup.Messages;
using SQLitePCL;

namespace ProcessDedup.Sqlite;

/// <summary>
/// What SQLite's own parser says of a text before anything of it runs: that it is one statement, which parameters it has, and
/// whether it only reads. The provider tells none of it, and runs a text of several statements.
/// </summary>
/// <param name="Text">The statement as the provider gets it: each parameter has a name.</param>
/// <param name="Parameters">Names with their sign, in order; null of a plain question mark, and of a number that is skipped.</param>
/// <param name="IsReading">sqlite3_stmt_readonly.</param>
internal sealed record StatementShape(string Text, IReadOnlyList<string?> Parameters, bool IsReading)
{
    /// <exception cref="SqliteFaultException">SQLite does not understand it, or could not read the schema.</exception>
    /// <exception cref="SqliteException">It is not one statement.</exception>
    public static StatementShape Of(DatabaseConnection connection, string sql)
    {
        string place = connection.Place.Display;
        if (sql.Contains('\0'))
            throw SqliteFailures.StatementCount(place, sql, Message.Of(Key.ReasonStatementHasNul));
        string text = sql[SqliteText.Start(sql)..];
        if (text.Length == 0)
            throw SqliteFailures.StatementCount(place, sql, Message.Of(Key.ReasonContainsNoStatement));
        using sqlite3_stmt statement = connection.Prepare(text, out string tail);
        if (SqliteText.Start(tail) is var start && start < tail.Length)
        {
            throw SqliteFailures.StatementCount(
                place, sql, Message.Of(Key.ReasonContainsSeveralStatementsSecondBeginsAt, SqliteFailures.Shown(tail[start..])));
        }

        string?[] names = new string?[raw.sqlite3_bind_parameter_count(statement)];
        bool isPlain = false;
        for (int i = 0; i < names.Length; i++)
        {
            names[i] = raw.sqlite3_bind_parameter_name(statement, i + 1).utf8_to_string();
            isPlain |= names[i] is null;
        }

        return new StatementShape(isPlain ? ParameterMarks.Numbered(text) : text, names, raw.sqlite3_stmt_readonly(statement) != 0);
    }

    /// <summary>What the provider calls the parameter.</summary>
    /// <param name="index">From 0.</param>
    public string NameOf(int index) => Parameters[index] ?? ParameterMarks.Name(index + 1);
}
