using System;
using System.Management.Automation;
using System.Management.Automation.Host;
using ProcessDedup.Claims;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;
using ProcessDedup.Messages;

namespace ProcessDedup.Cmdlets;

/// <summary>What the module's views (ProcessDedup.Format.ps1xml) write in place of raw values. For views only.</summary>
public static class ViewText
{
    // Less tells nothing, however narrow the window is.
    private const int LeastWidth = 16;
    private const int UsualWidth = 80;

    /// <summary>"1.4 MB".</summary>
    public static string Size(long bytes) => ByteCount.Describe(bytes);

    /// <summary>"3 min 5 s" for a number of seconds; empty for none.</summary>
    public static string Seconds(double? seconds) => seconds is { } known
        ? Durations.Describe(TimeSpan.FromSeconds(Math.Min(known, TimeSpan.MaxValue.TotalSeconds / 2)))
        : string.Empty;

    /// <summary>How long ago that was; empty if it never was. Never negative, whatever the clock did.</summary>
    public static string Age(DateTimeOffset? moment) => moment is not { } known || known == default ? string.Empty
        : Durations.Describe(known < DateTimeOffset.UtcNow ? DateTimeOffset.UtcNow - known : TimeSpan.Zero);

    /// <summary>A moment as this machine's clock shows it.</summary>
    public static string Moment(DateTimeOffset? moment) => moment is not { } known || known == default ? string.Empty
        : known.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>A text that fits beside <paramref name="others"/> cells in a line of the window, without its middle if it must.</summary>
    public static string Fit(PSHost host, string? text, int others) =>
        WidthOf(host) is { } width ? CellText.Shorten(OneLine(text), Math.Max(LeastWidth, width - others)) : OneLine(text);

    /// <summary>
    /// A text in at most that share of the line. PowerShell makes columns as wide as their content, and leaves out those for which
    /// nothing remains.
    /// </summary>
    public static string Column(PSHost host, string? text, int percent) => CellText.Shorten(OneLine(text), Share(host, percent));

    private static int Share(PSHost host, int percent) =>
        Math.Max(LeastWidth / 2, (WidthOf(host, evenWithoutWindow: true) ?? UsualWidth) * percent / 100);

    /// <summary>
    /// A text in lines of at most that share of the window's, broken between words, and only where a word is longer inside it. A
    /// no-break space keeps words together, and is a space in what is shown.
    /// </summary>
    public static string Words(PSHost host, string? text, int percent)
    {
        int cells = Math.Max(LeastWidth / 2, (WidthOf(host, evenWithoutWindow: true) ?? UsualWidth) * percent / 100);
        return string.Join("\n", CellText.Wrap(OneLine(text), cells)).Replace('\u00a0', ' ');
    }

    /// <summary>"pwsh (PID 4711)" and what the claim is for; the list has the rest.</summary>
    public static string Owner(PSHost host, Claim claim, int percent)
    {
        if (claim?.Owner is not { } owner)
            return string.Empty;
        string process = LockText.Process(owner.CommandLine, owner.ProcessId, owner.Machine);
        string remark = (owner.IsGone ? Message.Of(Key.ReasonOwnerGone) : string.Empty) + (string.IsNullOrEmpty(claim.Reason) ? string.Empty : ": " + claim.Reason);
        return Words(host, process.Replace("(PID ", "(PID\u00a0") + remark, percent);
    }

    /// <summary>"PID 4711, ci", with the machine if it is another one.</summary>
    public static string Maker(PSHost host, int processId, string? user, string? machine, int percent) => processId == 0 ? string.Empty : Words(
        host, $"PID\u00a0{processId}, {user}{(string.IsNullOrEmpty(machine) || machine == Environment.MachineName ? string.Empty : "@" + machine)}", percent);

    /// <summary>The first characters, of a digest.</summary>
    public static string Start(string? text, int length) =>
        text is null ? string.Empty : text.Length <= length ? text : text.Substring(0, length);

    /// <summary>See <see cref="LockText"/>.</summary>
    public static string LockName(LockStatus status) => LockText.Name(status);

    /// <summary>See <see cref="LockText"/>.</summary>
    public static string LockState(LockStatus status) => LockText.State(status);

    /// <summary>See <see cref="LockText"/>.</summary>
    public static string Holder(PSHost host, LockHolder? holder, int percent) =>
        holder is null ? string.Empty : OneLine(LockText.Holder(holder, Share(host, percent)));

    /// <summary>See <see cref="LockText"/>.</summary>
    public static string HeldFor(LockHolder? holder) => holder is null ? string.Empty : LockText.HeldFor(holder);

    /// <summary>What the holder does, with what is to be said of the lock as a whole before it.</summary>
    public static string Doing(LockStatus status, LockHolder? holder)
    {
        string? remark = LockText.Remark(status);
        string doing = holder is null ? string.Empty : LockText.Doing(holder);
        return OneLine(remark is null ? doing : doing.Length == 0 ? remark : $"{remark}; {doing}");
    }

    /// <summary>
    /// The text in a colour of $PSStyle.Foreground where people see it: not where $PSStyle.OutputRendering has none, not into
    /// pipes and files, and not in a PowerShell without $PSStyle.
    /// </summary>
    public static string Paint(object? style, string colour, string? text)
    {
        if (style is null || string.IsNullOrEmpty(text))
            return text ?? string.Empty;
        string? rendering = Read(style, "OutputRendering")?.ToString();
        if (rendering == "PlainText" || rendering != "Ansi" && Console.IsOutputRedirected)
            return text!;
        return Read(style, "Foreground") is { } foreground ? $"{Read(foreground, colour)}{text}{Read(style, "Reset")}" : text!;
    }

    private static object? Read(object from, string property) => PSObject.AsPSObject(from).Properties[property]?.Value;

    private static string OneLine(string? text) => text is null ? string.Empty : text.Replace('\n', ' ').Replace('\r', ' ');

    // Without a window (pipes, files) nothing is cut: what is written there is kept to be read by others.
    private static int? WidthOf(PSHost host, bool evenWithoutWindow = false)
    {
        try
        {
            int width = !evenWithoutWindow && Console.IsOutputRedirected ? 0 : host.UI.RawUI.BufferSize.Width;
            return width > 0 ? width : null;
        }
        catch (Exception e) when (e is HostException or NotImplementedException or System.IO.IOException or InvalidOperationException)
        {
            return null;
        }
    }
}
