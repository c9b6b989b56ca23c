using ProcessDedup.Sqlite;

namespace ProcessDedup.Cmdlets;

/// <content>Blocks that use another library of SQLite.</content>
public sealed partial class InvokeSqliteRetryCommand
{
    private SqliteResult<HeldOutput> RunForeign(string? path)
    {
        SqliteOptions options = WaitingOptions();
        if (!IsGiven(nameof(MaxDelayMs)))
            options = options with { MaxDelay = ForeignTransaction.UsualMaxDelay };
        string? doubt = null;
        SqliteResult<HeldOutput> result = ForeignTransaction.Run(options, attempt => RunWatched(attempt, out doubt), ForeignPools.Property, ForeignPools.Clear, StopToken);
        return doubt is null ? result : result.Doubted(SqliteFailures.ForeignDoubt(doubt));
    }

    private HeldOutput RunWatched(int attempt, out string? doubt)
    {
        ForeignBlock watch = ForeignBlock.Watch(this, ScriptBlock!);
        try
        {
            HeldOutput held = RunBlock(attempt, ArgumentList ?? []);
            doubt = watch.Look(held);
            return held;
        }
        finally
        {
            watch.End();
        }
    }
}
