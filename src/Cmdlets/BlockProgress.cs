using System;
using System.Diagnostics;
using System.Management.Automation;
using System.Threading;
using ProcessDedup.Locks;
using ProcessDedup.Messages;

namespace ProcessDedup.Cmdlets;

/// <summary>
/// What a long block does, as progress on a terminal: the time and the last line. The block has the pipeline's thread, so a timer
/// writes to the host.
/// </summary>
internal sealed class BlockProgress : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static int _lastActivity = 1_000_000;

    private readonly PSCmdlet _cmdlet;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly ProgressRecord _record;
    private readonly Timer? _timer;
    private volatile string _line = string.Empty;
    private bool _isShown;
    private bool _isOver;

    public BlockProgress(PSCmdlet cmdlet, string name)
    {
        _cmdlet = cmdlet;
        _record = new ProgressRecord(Interlocked.Increment(ref _lastActivity), Message.Of(Key.ReasonBuilding, name), " ");
        if (TerminalKind.IsConsoleHost(cmdlet.Host) && TerminalKind.IsInteractive() && IsWanted())
            _timer = new Timer(_ => Show(), null, Period, Period);
    }

    public void Line(string text)
    {
        if (!string.IsNullOrWhiteSpace(text))
            _line = text.Trim();
    }

    private void Show()
    {
        lock (_record)
        {
            if (_isOver)
                return;
            // The time first: a line of a program may be longer than the terminal.
            _record.StatusDescription = Durations.Describe(_clock.Elapsed) + (_line.Length == 0 ? string.Empty : ": " + _line);
            Write();
            _isShown = true;
        }
    }

    private void Write()
    {
        try
        {
            _cmdlet.Host.UI.WriteProgress(0, _record);
        }
#pragma warning disable CA1031 // A host that shows nothing now: the block does not depend on it.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    // This comes from another thread, which may not use WriteProgress.
    private bool IsWanted()
    {
        object? preference = _cmdlet.MyInvocation.BoundParameters.TryGetValue("ProgressAction", out object? bound) ? bound : _cmdlet.GetVariableValue("ProgressPreference");
        return !(LanguagePrimitives.TryConvertTo(preference, out ActionPreference action) && action is ActionPreference.SilentlyContinue or ActionPreference.Ignore);
    }

    public void Dispose()
    {
        _timer?.Dispose();
        lock (_record)
        {
            _isOver = true;
            if (!_isShown)
                return;
            _record.RecordType = ProgressRecordType.Completed;
            Write();
        }
    }
}
