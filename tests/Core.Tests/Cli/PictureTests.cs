using System;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Cli;

/// <summary>The picture of the README shows what is printed.</summary>
public sealed class PictureTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void What_the_picture_lets_the_commands_print_is_what_they_print()
    {
        string[] picture = [.. XDocument.Load(Path.Combine(Programs.Repository, "docs", "images", "waiting.svg"))
            .Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value)];
        string npm = _place.File("npm");
        File.WriteAllText(npm, "#!/bin/sh\necho added left-pad\nexec cat\n");
        Modes.Set(npm, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        using Peer holder = Peer.Procdedup(_place, "lock", "restore", "--reason", "npm ci", "--", npm, "ci");
        holder.Expect(Assert.Single(picture, t => t == "added left-pad"));
        OwnerFile.Await(_place.Named("restore"));
        using Peer waiter = Peer.Procdedup(_place, "lock", "restore", "--", npm, "ci");
        KernelView.AwaitWaiters(_place.Named("restore").LockFile, 1);
        string[] table = [];
        Eventually.True(
            () =>
            {
                using Peer look = Peer.Procdedup(_place, "locks");
                table = [.. look.ReadToEnd()];
                return table.Length == 2 && Shape(table[1]).Contains(" TIME 1 procdedup", StringComparison.Ordinal);
            },
            "the waiter in the table");
        int header = Array.FindIndex(picture, t => t.StartsWith("NAME", StringComparison.Ordinal));
        Assert.Equal(Columns(table[0]), Columns(picture[header]));
        Assert.Equal(Shape(table[1]), Shape(picture[header + 1]));
        // Each value under its heading, as far as figures of other lengths leave it there.
        Assert.Equal(picture[header].IndexOf("HOLDER", StringComparison.Ordinal), picture[header + 1].IndexOf("procdedup", StringComparison.Ordinal));
        Assert.Equal(picture[header].IndexOf("DOING", StringComparison.Ordinal), picture[header + 1].IndexOf("npm ci", StringComparison.Ordinal));

        Eventually.True(() => waiter.Errors.Contains("npm ci\n", StringComparison.Ordinal), "the notice of the waiter");
        string notice = string.Join(' ', picture.SkipWhile(t => !t.StartsWith("procdedup: waiting", StringComparison.Ordinal)).Take(3));
        Assert.Equal(Shape(waiter.Errors.Split('\n')[0].Replace(npm, "npm", StringComparison.Ordinal)), Shape(notice));
    }

    private static string[] Columns(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Without what differs from run to run.</summary>
    private static string Shape(string line) => Replace(Replace(Replace(line, @"[\d.]+ (ms|s)\b", "TIME"), @"PID \d+", "PID"), @"(?<=user )\w+| (?= )", "");

    private static string Replace(string text, string pattern, string with) =>
        Regex.Replace(text, pattern, with, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
}
