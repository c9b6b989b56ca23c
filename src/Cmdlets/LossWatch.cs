using System;
using System.Collections.Generic;
using System.Management.Automation;
using System.Threading;
using ProcessDedup.Locks;

namespace ProcessDedup.Cmdlets;

/// <summary>Warns at once when a lock is lost while a block runs.</summary>
/// <remarks>
/// Others may hold it by now. What the block does cannot be stopped from without, but a block that reads the lease can, and a person
/// at the terminal.
/// </remarks>
internal sealed class LossWatch : IDisposable
{
    private readonly PSCmdlet _cmdlet;
    private readonly List<CancellationTokenRegistration> _watches = [];
    private readonly List<LockLease> _told = [];

    public LossWatch(PSCmdlet cmdlet, IReadOnlyList<LockLease> leases)
    {
        _cmdlet = cmdlet;
        if (leases.Count == 0 || !WarningsAreShown())
            return;
        foreach (LockLease lease in leases)
        {
            // In a thread of its own: a host may show nothing until the block has ended, and the end waits for what is registered.
            _watches.Add(lease.GetLostToken().Register(() =>
            {
                lock (_told)
                    _told.Add(lease);
                ThreadPool.QueueUserWorkItem(_ => Warn(lease));
            }));
        }
    }

    public bool HasTold(LockLease lease)
    {
        lock (_told)
            return _told.Contains(lease);
    }

    private void Warn(LockLease lease)
    {
        try
        {
            _cmdlet.Host.UI.WriteWarningLine(lease.Loss?.Message);
        }
#pragma warning disable CA1031 // A host that shows nothing now: the error at the end does not depend on it.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    // This comes from another thread, which may not use WriteWarning.
    private bool WarningsAreShown()
    {
        object? preference = _cmdlet.MyInvocation.BoundParameters.TryGetValue("WarningAction", out object? bound) ? bound : _cmdlet.GetVariableValue("WarningPreference");
        return !(LanguagePrimitives.TryConvertTo(preference, out ActionPreference action) && action is ActionPreference.SilentlyContinue or ActionPreference.Ignore);
    }

    public void Dispose()
    {
        foreach (CancellationTokenRegistration watch in _watches)
            watch.Dispose();
    }
}
