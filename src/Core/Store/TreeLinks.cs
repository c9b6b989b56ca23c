using System;
using System.Collections.Generic;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>
/// Where a link of a tree leads, followed as the system follows it. Reading the text alone is not enough: with
/// <c>a/b/up → ../..</c> the link <c>a/b/up/../x</c> looks like <c>a/b/x</c> and is the tree's sibling.
/// </summary>
internal static class TreeLinks
{
    // Linux follows 40 (path_resolution(7)), macOS 32.
    private const int MostFollowed = 32;

    /// <summary>Why the link must not be; null if it leads to somewhere in the tree, be it there or not.</summary>
    /// <param name="link">The link's path from the tree, with '/'.</param>
    /// <param name="target">What it says.</param>
    /// <param name="targetOf">The target of the link with this path; null if there is no link.</param>
    /// <param name="isOutward">Is the reason that it leads out, so that it may be kept if the user asks for it?</param>
    public static string? ReasonAgainst(string link, string target, Func<string, string?> targetOf, out bool isOutward)
    {
        isOutward = false;
        int slash = link.LastIndexOf('/');
        var here = new List<string>();
        if (slash >= 0)
            here.AddRange(link.Substring(0, slash).Split('/'));
        var ahead = new Stack<string>();
        if (!Push(ahead, target))
        {
            isOutward = IsAbsolute(target);
            return Message.Of(Key.ReasonLinkToAbsolutePathOrTo);
        }

        int followed = 0;
        while (ahead.Count > 0)
        {
            string component = ahead.Pop();
            if (component.Length == 0 || component == ".")
                continue;
            if (component == "..")
            {
                if (here.Count == 0)
                {
                    isOutward = !OperatingSystemKind.IsWindows;
                    return Message.Of(Key.ReasonLinkThatLeadsOutOfTree);
                }

                here.RemoveAt(here.Count - 1);
                continue;
            }

            here.Add(component);
            if (targetOf(string.Join("/", here)) is not { } next)
                continue;
            if (++followed > MostFollowed)
                return Message.Of(Key.ReasonLinkThatLeadsInCircle);
            here.RemoveAt(here.Count - 1);
            if (!Push(ahead, next))
            {
                isOutward = IsAbsolute(next);
                return Message.Of(Key.ReasonLinkThatLeadsToAbsolutePath);
            }
        }

        return null;
    }

    // On Windows such links stay refused: what kind of thing a link leads to, a file or a directory, is part of it there.
    private static bool IsAbsolute(string target) => !OperatingSystemKind.IsWindows && target.StartsWith('/');

    private static bool Push(Stack<string> ahead, string target)
    {
        if (target.Length == 0 || target[0] is '/' or '\\' || (target.Length > 1 && target[1] == ':'))
            return false;
        string[] components = target.Split('/');
        for (int i = components.Length - 1; i >= 0; i--)
            ahead.Push(components[i]);
        return true;
    }
}
