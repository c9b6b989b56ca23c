using System.Text;

namespace ProcessDedup.Platform;

/// <summary>A path and the NUL-terminated bytes that system calls want, encoded once.</summary>
internal sealed class NativePath(string text)
{
    /// <summary>For errors about a descriptor whose path is not known.</summary>
    public static NativePath Unnamed { get; } = new(string.Empty);

    public string Text { get; } = text;

    public byte[] Bytes { get; } = Encoding.UTF8.GetBytes(text + '\0');

    public override string ToString() => Text;
}
