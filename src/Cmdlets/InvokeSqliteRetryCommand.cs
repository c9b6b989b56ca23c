using System;
using System.Collections.Generic;
using System.Data.Common;
using System.Linq;
using System.Management.Automation;
using ProcessDedup.Messages;
using ProcessDedup.Sqlite;

namespace ProcessDedup.Cmdlets;

/// <summary>Runs a transaction on a SQLite database that many processes share, until its outcome is known.</summary>
/// <remarks>
/// With -Path the transaction is kept here: a query, or a block that gets it as its first argument. Without, the block
/// uses any SQLite library, and is run again after errors that surely committed nothing. Output, errors, warnings and
/// information of a block are written once, after COMMIT.
/// </remarks>
[Cmdlet(VerbsLifecycle.Invoke, "SqliteRetry", DefaultParameterSetName = ForeignSet, SupportsShouldProcess = true)]
[OutputType(typeof(PSObject))]
[OutputType(typeof(SqliteRetryResult))]
public sealed partial class InvokeSqliteRetryCommand : DedupCmdlet
{
    private const string QuerySet = "Query";
    private const string BlockSet = "Block";
    private const string ForeignSet = "Foreign";
    private const string MaintenanceSet = "Maintenance";

    private readonly List<SqliteParameters> _rows = [];

    private HeldOutput? _lastAttempt;
    private ErrorListMark? _errorList;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (TakesRows)
            _rows.Add(OrThrow(() => SqliteParameterValues.From(InputObject)));
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (TakesRows && _rows.Count == 0)
            return;
        // A block without -Path runs as the same lines would: what is in it looks at $WhatIfPreference itself.
        if (ParameterSetName != ForeignSet && !ShouldProcess(Path, Message.Of(Key.ActionRunTransaction)))
            return;
        switch (ParameterSetName)
        {
            case QuerySet:
                WriteRows(RunOrThrow(RunQuery));
                break;
            case BlockSet:
                WriteHeld(RunOrThrow(RunTransaction));
                break;
            case MaintenanceSet:
                WriteGroups(RunOrThrow(RunMaintenance));
                break;
            default:
                WriteHeld(RunOrThrow(RunForeign));
                break;
        }
    }

    private bool TakesRows => ParameterSetName == QuerySet && (MyInvocation.ExpectingInput || IsGiven(nameof(InputObject)));

    private bool IsGiven(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    private SqliteTransactionMode? GivenMode() => !IsGiven(nameof(TransactionMode)) ? null : TransactionMode switch
    {
        TransactionMode.Deferred => SqliteTransactionMode.Deferred,
        TransactionMode.Exclusive => SqliteTransactionMode.Exclusive,
        _ => SqliteTransactionMode.Immediate,
    };

    private SqliteResult<IReadOnlyList<SqliteRow>> RunQuery(string? path) => SqliteQuery.Run(
        path!, Options(path!), GivenMode(), Query!, _rows.Count > 0 ? _rows : [SqliteParameterValues.From(Parameters)], StopToken);

    private SqliteResult<IReadOnlyList<IReadOnlyList<SqliteRow>>> RunMaintenance(string? path) =>
        SqliteMaintenance.Run(path!, Options(path!), Query!, SqliteParameterValues.From(Parameters), StopToken);

    private SqliteResult<HeldOutput> RunTransaction(string? path)
    {
        SqliteOptions options = Options(path!) with { Mode = GivenMode() ?? SqliteTransactionMode.Immediate };
        if (options.Mode == SqliteTransactionMode.Deferred)
            options = options with { Gate = null };
        return SqliteRunner.Run(
            path!, options, transaction => RunBlock(transaction.Attempt, [new SqliteBlockTransaction(transaction), .. ArgumentList ?? []]), StopToken);
    }

    private SqliteOptions Options(string path) => WaitingOptions() with
    {
        Role = Role == DatabaseRole.Cache ? SqliteRole.Cache : SqliteRole.Primary,
        BusyTimeout = TimeSpan.FromMilliseconds(BusyTimeoutMs),
        AllowNetworkFileSystem = AllowNetworkFileSystem,
        ForeignKeys = ForeignKeys,
        RecoverFrom = RecoverFrom is null ? null : FileSystemPath(RecoverFrom),
        Initialize = Initialize is null ? null : RunInitialize,
        AllowExtensions = AllowExtension,
        Gate = NoGate || string.IsNullOrWhiteSpace(path) ? null : SqliteOptions.GateBeside(path),
    };

    private SqliteOptions WaitingOptions()
    {
        var options = new SqliteOptions { MaxAttempts = MaxAttempts, InitialDelay = TimeSpan.FromMilliseconds(InitialDelayMs) };
        if (IsGiven(nameof(MaxDelayMs)))
            options = options with { MaxDelay = TimeSpan.FromMilliseconds(MaxDelayMs) };
        if (IsGiven(nameof(TimeoutSec)))
        {
            TimeSpan timeout = TimeSpan.FromSeconds(TimeoutSec);
            // The least that is not zero stays so: zero is for ever.
            options = options with { Timeout = timeout == TimeSpan.Zero && TimeoutSec > 0 ? TimeSpan.FromTicks(1) : timeout };
        }

        return options;
    }

    // What it writes is shown at once: it belongs to no transaction.
    private void RunInitialize(DbConnection connection)
    {
        var held = new HeldOutput();
        try
        {
            ErrorRecord? error = new BlockRun(this, Initialize!, [connection]).Run(held);
            held.WriteTo(this, objects: false);
            if (error is not null)
                throw new RuntimeException(error.Exception.Message, error.Exception, error);
        }
        catch (BlockLeftException e)
        {
            throw SqliteFailures.BlockLeft(Path, e.InnerException!);
        }
    }

    private HeldOutput RunBlock(int attempt, object[] arguments)
    {
        // What is to be repeated must not go on first: statements after a BEGIN that was busy would each commit by themselves.
        var held = new HeldOutput { EndsAt = Path is null ? ForeignBlock.MayRepeat : null };
        _lastAttempt = held;
        _errorList?.Restore();
        _errorList = new ErrorListMark(this);
        try
        {
            if (new BlockRun(this, ScriptBlock!, arguments).Run(held) is not { } error)
                return held;
            WriteVerbose(Message.Of(Key.VerboseAttemptFailed, attempt, error.Exception.Message));
            throw ForeignBlock.Ended(error);
        }
        catch (BlockLeftException e)
        {
            // What became of a transaction of the block's own is not known here.
            throw SqliteFailures.BlockLeft(Path, e.InnerException!);
        }
    }

    /// <summary>Errors as this cmdlet's own; those of the block as they are.</summary>
    private SqliteResult<T> RunOrThrow<T>(Func<string?, SqliteResult<T>> run) => OrThrow(() =>
    {
        try
        {
            return run(Path is null ? null : FileSystemPath(Path));
        }
        catch (RuntimeException) when (StopToken.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
        catch (RuntimeException e) when (e.ErrorRecord.Exception is MethodInvocationException { InnerException: DedupException inner })
        {
            ShowFailedAttempt();
            throw inner;
        }
        catch (RuntimeException e) when (e is not PipelineStoppedException)
        {
            ShowFailedAttempt();
            BlockErrors.Throw(this, e.ErrorRecord);
            throw;
        }
        catch (DedupException)
        {
            ShowFailedAttempt();
            throw;
        }
    });

    // What was read in a transaction that is rolled back is given to nobody; what its programs said is not lost.
    private void ShowFailedAttempt() => _lastAttempt?.WriteTo(this, objects: false);

    private void WriteRows(SqliteResult<IReadOnlyList<SqliteRow>> result) =>
        WriteRows(result, result.Value is { } value ? SqliteRowObjects.OneByOne(value) : []);

    private void WriteGroups(SqliteResult<IReadOnlyList<IReadOnlyList<SqliteRow>>> result) =>
        WriteRows(result, (result.Value ?? []).SelectMany(SqliteRowObjects.OneByOne));

    private void WriteRows<T>(SqliteResult<T> result, IEnumerable<PSObject> rows)
    {
        Tell(result);
        if (PassThru)
            WriteOutcome(result, rows.ToArray());
        else
            WriteObject(rows, enumerateCollection: true);
    }

    private void WriteHeld(SqliteResult<HeldOutput> result)
    {
        Tell(result);
        result.Value?.WriteTo(this, objects: !PassThru);
        if (PassThru)
            WriteOutcome(result, result.Value?.Objects ?? []);
    }

    private void Tell<T>(SqliteResult<T> result)
    {
        if (result.Failure is not { } failure)
            return;
        if (result.Outcome == SqliteOutcome.Committed)
            WriteWarning(failure.Message);
        else
            WriteVerbose($"{result.Outcome}: {failure.Cause}");
    }

    private void WriteOutcome<T>(SqliteResult<T> result, IReadOnlyList<PSObject?> value) => WriteObject(new SqliteRetryResult(
        Path, result.Outcome.ToString(), result.Attempts, result.Waited.TotalSeconds, value, result.Failure));

    private protected override DedupException NoFilePath(string path) => SqliteFailures.NoFilePath(path);
}
