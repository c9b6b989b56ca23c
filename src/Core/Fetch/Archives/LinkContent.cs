using System.IO;
using System.Text;
using ProcessDedup.Messages;

namespace ProcessDedup.Fetch.Archives;

/// <summary>Where a link leads, in archives that keep that as the content of the entry (zip, 7z).</summary>
internal static class LinkContent
{
    private const int Longest = 4096; // PATH_MAX

    /// <exception cref="InvalidDataException">It is longer than any path.</exception>
    public static string Read(Stream content)
    {
        byte[] target = new byte[Longest + 1];
        int length = 0;
        while (length < target.Length && content.Read(target, length, target.Length - length) is int read and > 0)
            length += read;
        return length <= Longest
            ? Encoding.UTF8.GetString(target, 0, length)
            : throw new InvalidDataException(Message.Of(Key.ReasonTargetOfLinkIsLongerThan));
    }
}
