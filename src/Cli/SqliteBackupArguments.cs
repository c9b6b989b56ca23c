using System;
using System.CommandLine;
using ProcessDedup.Sqlite;

namespace ProcessDedup.Cli;

/// <summary><c>procdedup sqlite DB --backup FILE</c>: a copy as the database is at one moment, whole or not at all.</summary>
internal sealed class SqliteBackupArguments
{
    public Option<string?> Destination { get; } = new("--backup")
    {
        Description = "Make a backup by SQLite's online backup while others write, whole or not at all. A directory takes the database's name. A backup that is there is replaced.",
        HelpName = "FILE",
    };

    public Option<bool> NoClobber { get; } = new("--no-clobber") { Description = "With --backup: do not replace a file that is there." };

    public Option<bool> Force { get; } = new("--force") { Description = "With --backup: replace also a file that is read-only, or is not a database that can be opened." };

    public bool IsGiven(ParseResult parsed) => parsed.GetResult(Destination) is not null;

    public int Run(ParseResult parsed, string path, SqliteOptions options)
    {
        var how = new SqliteBackupOptions
        {
            NoClobber = parsed.GetValue(NoClobber),
            Force = parsed.GetValue(Force),
            Timeout = options.Timeout ?? new SqliteBackupOptions().Timeout,
            Gate = options.Gate,
            AllowNetworkFileSystem = options.AllowNetworkFileSystem,
        };
        using var interruption = new Interruption();
        try
        {
            Console.Out.Write(SqliteBackup.Run(path, parsed.GetValue(Destination) ?? string.Empty, how, interruption.Token).Destination + "\n");
            return ExitCode.Success;
        }
        catch (OperationCanceledException) when (interruption.Came)
        {
            return interruption.ExitCode;
        }
    }
}
