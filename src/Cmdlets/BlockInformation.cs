using System;
using System.Linq;
using System.Management.Automation;
using System.Reflection;

namespace ProcessDedup.Cmdlets;

/// <summary>Writes information and host output of a block to the cmdlet's information stream as the block wrote them.</summary>
internal static class BlockInformation
{
    // The tag of what Write-Host writes, which is shown whatever $InformationPreference is.
    private const string HostTag = "PSHOST";
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <summary>
    /// PowerShell puts a record into the transcript (Start-Transcript) where it is written, which is in the block, and again where
    /// <c>WriteInformation</c> hands it on. It has no public way to hand a record on without that.
    /// </summary>
    public static void Write(PSCmdlet cmdlet, InformationRecord record)
    {
        if (Internals.Instance is not { } internals || !internals.IsTranscribing(cmdlet) || !internals.TryHandOn(cmdlet, record))
            cmdlet.WriteInformation(record);
    }

    private static void Show(PSCmdlet cmdlet, InformationRecord record)
    {
        var ui = cmdlet.Host.UI;
        if (record.MessageData is not HostInformationMessage { } host)
        {
            ui.WriteLine(record.ToString());
            return;
        }

        string text = host.NoNewLine == true ? host.Message : host.Message + Environment.NewLine;
        if (host.ForegroundColor is null && host.BackgroundColor is null)
            ui.Write(text);
        else
            ui.Write(host.ForegroundColor ?? ConsoleColor.Gray, host.BackgroundColor ?? ConsoleColor.Black, text);
    }

    /// <summary>What PowerShell itself uses; null in a PowerShell where any of it has another form.</summary>
    private sealed class Internals
    {
        public static readonly Internals? Instance = Find();

        private readonly Type _runtime;
        private readonly PropertyInfo _pipe;
        private readonly MethodInfo _add;
        private readonly PropertyInfo _stream;
        private readonly object _informationStream;
        private readonly MethodInfo _keep;
        private readonly PropertyInfo _preference;
        private readonly MethodInfo _record;
        private readonly PropertyInfo _isTranscribing;

        private Internals(Assembly powerShell)
        {
            _runtime = powerShell.GetType("System.Management.Automation.MshCommandRuntime", throwOnError: true)!;
            _pipe = _runtime.GetProperty("InformationOutputPipe", Any)!;
            _add = _pipe.PropertyType.GetMethod("Add", Any, [typeof(object)])!;
            _stream = typeof(PSObject).GetProperty("WriteStream", Any)!;
            _informationStream = Enum.Parse(_stream.PropertyType, "Information");
            _keep = _runtime.GetMethod("AppendInformationVarList", Any, [typeof(object)])!;
            _preference = _runtime.GetProperty("InformationPreference", Any)!;
            Type ui = powerShell.GetType("System.Management.Automation.Internal.Host.InternalHostUserInterface", throwOnError: true)!;
            _record = ui.GetMethod("WriteInformationRecord", Any, [typeof(InformationRecord)])!;
            _isTranscribing = ui.GetProperty("IsTranscribing", Any)!;
        }

        private bool IsWhole => new MemberInfo?[] { _add, _stream, _keep, _preference, _record, _isTranscribing }.All(member => member is not null);

        public bool IsTranscribing(PSCmdlet cmdlet) =>
            _isTranscribing.DeclaringType!.IsInstanceOfType(cmdlet.Host?.UI) && (bool)_isTranscribing.GetValue(cmdlet.Host!.UI)!;

        public bool TryHandOn(PSCmdlet cmdlet, InformationRecord record)
        {
            if (!_runtime.IsInstanceOfType(cmdlet.CommandRuntime))
                return false;
            var preference = (ActionPreference)_preference.GetValue(cmdlet.CommandRuntime)!;
            bool isShown = record.Tags.Contains(HostTag) || preference == ActionPreference.Continue;
            // What asks its user, or ends the caller, is PowerShell's own to do.
            if (!isShown || preference is not (ActionPreference.Continue or ActionPreference.SilentlyContinue))
                return false;
            if (_pipe.GetValue(cmdlet.CommandRuntime) is { } pipe)
            {
                PSObject wrapped = PSObject.AsPSObject(record);
                _stream.SetValue(wrapped, _informationStream);
                Call(_add, pipe, wrapped);
            }
            else
            {
                Call(_record, cmdlet.Host.UI, record);
                Show(cmdlet, record);
            }

            Call(_keep, cmdlet.CommandRuntime, record);
            return true;
        }

        private static void Call(MethodInfo method, object on, object argument) =>
            method.Invoke(on, BindingFlags.DoNotWrapExceptions, null, [argument], null);

        private static Internals? Find()
        {
            try
            {
                return new Internals(typeof(Cmdlet).Assembly) is { IsWhole: true } found ? found : null;
            }
            catch (Exception e) when (e is TypeLoadException or NullReferenceException or ArgumentException or AmbiguousMatchException)
            {
                return null;
            }
        }
    }
}
