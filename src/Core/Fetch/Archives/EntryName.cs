using System;
using System.Collections.Generic;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Fetch.Archives;

/// <summary>The rules for names in archives; the same on every system, so that what unpacks here unpacks there.</summary>
internal static class EntryName
{
    /// <summary>The components of a name; "." and doubled slashes are dropped.</summary>
    /// <param name="name">As the archive has it.</param>
    /// <param name="allowNonPortable">See <see cref="UnpackOptions.AllowNonPortableNames"/>.</param>
    /// <param name="components">From the archive's root; empty for the root itself.</param>
    /// <returns>Why the name is refused; null if it is good.</returns>
    public static string? ReasonAgainst(string name, bool allowNonPortable, out List<string> components)
    {
        components = [];
        if (ReasonAgainstText(name, allowNonPortable) is { } reason)
            return reason;
        foreach (string component in name.Split('/'))
        {
            if (component is "" or ".")
                continue;
            if (component == "..")
                return Message.Of(Key.ReasonLeadsUpwards);
            if (ReasonAgainstComponent(component, allowNonPortable) is { } worse)
                return worse;
            components.Add(component);
        }

        return null;
    }

    /// <summary>The same for what a symbolic link says, where ".." may be and is looked into by others.</summary>
    /// <param name="target">As the archive has it.</param>
    /// <param name="allowNonPortable">See <see cref="UnpackOptions.AllowNonPortableNames"/>.</param>
    /// <param name="allowAbsolute">May it begin with a slash? See <see cref="UnpackOptions.AllowOutwardLinks"/>.</param>
    public static string? ReasonAgainstTarget(string target, bool allowNonPortable, bool allowAbsolute = false)
    {
        bool isAbsolute = allowAbsolute && !OperatingSystemKind.IsWindows && target.StartsWith('/');
        string text = isAbsolute ? target.TrimStart('/') : target;
        bool isRoot = isAbsolute && text.Length == 0;
        if (!isRoot && ReasonAgainstText(text, allowNonPortable) is not null)
            return Message.Of(Key.ReasonLinkWhoseTargetIsAbsoluteEmpty);
        foreach (string component in target.Split('/'))
        {
            if (component is not ("" or "." or "..") && ReasonAgainstComponent(component, allowNonPortable) is { } reason)
                return Message.Of(Key.ReasonLinkWhoseTarget, reason);
        }

        return null;
    }

    private static string? ReasonAgainstText(string text, bool allowNonPortable)
    {
        if (text.Length == 0)
            return Message.Of(Key.ReasonHasNoName);
        if (text[0] == '/')
            return Message.Of(Key.ReasonAbsolute);
        if (text.Length > 1 && text[1] == ':' && char.IsLetter(text[0]))
            return Message.Of(Key.ReasonBeginsWithDrive);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '\\')
                return Message.Of(Key.ReasonHoldsBackslashWhichIsSeparatorOn);
            if (c == ':' && !IsAllowed(allowNonPortable))
                return Message.Of(Key.ReasonHoldsColonWhichNamesAnotherStream);
            if (char.IsControl(c))
                return Message.Of(Key.ReasonHoldsControlCharacter);
            if (char.IsSurrogatePair(text, i))
                i++;
            else if (c == '\ufffd' || char.IsSurrogate(c))
                return Message.Of(Key.ReasonNotValidUnicode);
        }

        return null;
    }

    private static string? ReasonAgainstComponent(string component, bool allowNonPortable)
    {
        if (IsAllowed(allowNonPortable))
            return null;
        if (component[component.Length - 1] is '.' or ' ')
            return Message.Of(Key.ReasonEndsInDotOrSpaceWhich);
        return IsDevice(component) ? Message.Of(Key.ReasonDeviceOnWindows) : null;
    }

    /// <summary>Can two names that differ only in case stand side by side? Not on the usual file systems of Windows and macOS.</summary>
    public static bool CanDifferInCase => !OperatingSystemKind.IsWindows && !OperatingSystem.IsMacOS();

    public static bool IsAllowed(bool allowNonPortable) => allowNonPortable && !OperatingSystemKind.IsWindows;

    // https://learn.microsoft.com/windows/win32/fileio/naming-a-file
    private static bool IsDevice(string component)
    {
        int dot = component.IndexOf('.');
        string stem = (dot < 0 ? component : component.Substring(0, dot)).TrimEnd(' ').ToUpperInvariant();
        if (stem is "CON" or "PRN" or "AUX" or "NUL" or "CONIN$" or "CONOUT$" or "CLOCK$")
            return true;
        return stem.Length == 4 && (stem.StartsWith("COM", StringComparison.Ordinal) || stem.StartsWith("LPT", StringComparison.Ordinal))
            && stem[3] is (>= '0' and <= '9') or '¹' or '²' or '³';
    }
}
