using System.IO;
using ProcessDedup.Tests.Harness;

namespace ProcessDedup.Tests.Substituters;

/// <summary>The contract, with a directory.</summary>
public sealed class DirectorySubstituterTests : SubstituterContract
{
    private string? _directory;

    private protected override string Address => _directory ??= It.Place.NewDirectory("a shared dirëctory?");

    private protected override string Trusted => Address + "?trusted=true";

    private protected override byte[]? Peek(string path) => Files.Peek(Address, path);

    private protected override void Plant(string path, byte[] content) => Files.Plant(Address, path, content);

    protected override void Close()
    {
    }
}

/// <summary>The contract, with nginx.</summary>
public sealed class NginxSubstituterTests : SubstituterContract
{
    private NginxServer? _nginx;

    private NginxServer Nginx => _nginx ??= new NginxServer(It.Place);

    private protected override string Address => Nginx.Root + "/some/cache";

    private protected override string Trusted => Address + "?trusted=true";

    private protected override byte[]? Peek(string path) => Files.Peek(Path.Combine(Nginx.Files, "some/cache"), path);

    private protected override void Plant(string path, byte[] content) => Files.Plant(Path.Combine(Nginx.Files, "some/cache"), path, content);

    protected override void Close() => _nginx?.Dispose();
}

internal static class Files
{
    public static byte[]? Peek(string root, string path) =>
        File.Exists(Path.Combine(root, path)) ? File.ReadAllBytes(Path.Combine(root, path)) : null;

    public static void Plant(string root, string path, byte[] content)
    {
        string place = Path.Combine(root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        File.WriteAllBytes(place, content);
    }
}
