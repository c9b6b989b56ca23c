using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using ICSharpCode.SharpZipLib.Tar;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;
using ProcessDedup.Platform;
using ProcessDedup.Store;

namespace ProcessDedup.Substituters;

/// <summary>
/// Packs a tree as tar: in the order of its manifest, with its times, hard links and extended attributes but without owners, so that equal trees of one time give
/// equal archives.
/// Long names, and those that are not ASCII, are in pax records (POSIX pax, "pax Extended Header").
/// </summary>
internal sealed class PackWriter : IDisposable
{
    private const int BlockSize = 512;
    private const int BufferSize = 1 << 20;
    private const int LongestPlainName = 100;
    private const int RecordsMode = 0x1a4; // 0644
    private const int LinkMode = 0x1ff;    // 0777

    private static readonly DateTime Epoch = new(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    // What the eleven octal digits of a header can hold.
    private const long MostPlainSeconds = (1L << 33) - 1;
    private const long NanosecondsOfSecond = 1_000_000_000;

    private readonly string _tree;
    private readonly Stream _output;
    private readonly CancellationToken _cancelled;
    private readonly byte[] _buffer = new byte[BufferSize];

    private PackWriter(string tree, Stream output, CancellationToken cancelled)
    {
        _tree = tree;
        _output = output;
        _cancelled = cancelled;
    }

    /// <summary>Makes the file.</summary>
    /// <exception cref="FetchException">The tree is not what the manifest says, or the file cannot be written.</exception>
    /// <param name="tree">The directory.</param>
    /// <param name="manifest">What is in it.</param>
    /// <param name="packing">One of <see cref="ArtifactRecord"/>'s.</param>
    /// <param name="file">Must be free.</param>
    /// <param name="cancelled">Ends it.</param>
    public static void Write(string tree, TreeManifest manifest, string packing, string file, CancellationToken cancelled)
    {
        try
        {
            using var target = new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.Read, BufferSize);
            using Stream output = packing == ArtifactRecord.TarGzip ? new GZipStream(target, CompressionLevel.Fastest) : target;
            using var writer = new PackWriter(tree, output, cancelled);
            if (manifest.Times is not null || manifest.Attributes?.ExtendedOf(-1).Count > 0)
                writer.Add(new TreeItem(".", TreeItemKind.Directory, false, 0, null, null), -1, manifest, null);
            int number = 0;
            foreach (TreeItem item in manifest.Items)
            {
                TreeItem? first = manifest.Attributes?.FirstOf(number) is { } other ? manifest.Items[other] : null;
                writer.Add(item, number, manifest, first);
                number++;
            }
            writer._output.Write(new byte[2 * BlockSize], 0, 2 * BlockSize);
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            throw FetchFailures.FromIo(tree, file, e);
        }
    }

    private void Add(TreeItem item, int number, TreeManifest manifest, TreeItem? first)
    {
        long time = manifest.Times?.Of(number) ?? 0;
        _cancelled.ThrowIfCancellationRequested();
        string name = item.Kind == TreeItemKind.Directory ? item.Path + "/" : item.Path;
        string link = first?.Path ?? item.LinkTarget ?? string.Empty;
        var records = new List<KeyValuePair<string, byte[]>>();
        if (!IsPlain(name))
            records.Add(new("path", Encoding.UTF8.GetBytes(name)));
        if (!IsPlain(link))
            records.Add(new("linkpath", Encoding.UTF8.GetBytes(link)));
        bool isPlainTime = time >= 0 && time % NanosecondsOfSecond == 0 && time / NanosecondsOfSecond <= MostPlainSeconds;
        if (!isPlainTime)
            records.Add(new("mtime", Encoding.UTF8.GetBytes(PaxTime(time))));
        foreach (ExtendedAttribute attribute in first is null ? manifest.Attributes?.ExtendedOf(number) ?? [] : [])
            records.Add(new("SCHILY.xattr." + attribute.Name, attribute.Value));
        // Read by nobody who knows pax records; those who do not see at least that there is something.
        string placeholder = "entry-" + number.ToString(CultureInfo.InvariantCulture);
        if (records.Count > 0)
            AddRecords(placeholder, records);
        (byte type, int mode) = item.Kind switch
        {
            _ when first is not null => (TarHeader.LF_LINK, item.FullMode),
            TreeItemKind.Directory => (TarHeader.LF_DIR, item.FullMode),
            TreeItemKind.Link => (TarHeader.LF_SYMLINK, LinkMode),
            _ => (TarHeader.LF_NORMAL, item.FullMode),
        };
        WriteHeader(IsPlain(name) ? name : placeholder, IsPlain(link) ? link : placeholder, type, mode, first is null ? item.Size : 0,
            isPlainTime ? time / NanosecondsOfSecond : 0);
        if (item.Kind == TreeItemKind.File && first is null)
            AddContent(item);
    }

    private void AddRecords(string placeholder, List<KeyValuePair<string, byte[]>> records)
    {
        using var content = new MemoryStream();
        foreach (KeyValuePair<string, byte[]> record in records)
        {
            byte[] bytes = Record(record.Key, record.Value);
            content.Write(bytes, 0, bytes.Length);
        }

        WriteHeader("pax-" + placeholder, string.Empty, (byte)'x', RecordsMode, content.Length, 0);
        content.WriteTo(_output);
        Pad(content.Length);
    }

    private static string PaxTime(long time)
    {
        decimal seconds = (decimal)time / NanosecondsOfSecond;
        return seconds.ToString("0.000000000", CultureInfo.InvariantCulture);
    }

    // "LENGTH KEY=VALUE\n", where LENGTH counts its own digits.
    private static byte[] Record(string key, byte[] value)
    {
        byte[] name = Encoding.UTF8.GetBytes(key);
        int rest = value.Length + name.Length + 3;
        int length = rest + 1;
        while (length != rest + length.ToString(CultureInfo.InvariantCulture).Length)
            length = rest + length.ToString(CultureInfo.InvariantCulture).Length;
        return [.. Encoding.ASCII.GetBytes(length.ToString(CultureInfo.InvariantCulture)), (byte)' ', .. name, (byte)'=', .. value, (byte)'\n'];
    }

    private void WriteHeader(string name, string link, byte type, int mode, long size, long seconds)
    {
        var header = new TarHeader
        {
            Name = name,
            LinkName = link,
            TypeFlag = type,
            Mode = mode,
            Size = size,
            ModTime = Epoch.AddSeconds(seconds),
            UserId = 0,
            GroupId = 0,
            UserName = string.Empty,
            GroupName = string.Empty,
        };
        byte[] block = new byte[BlockSize];
        header.WriteHeader(block, Encoding.ASCII);
        _output.Write(block, 0, block.Length);
    }

    private void AddContent(TreeItem item)
    {
        string path = Path.Combine(_tree, item.Path);
        using var file = SourceFile.OpenStream(path);
        using IncrementalHash hash = ContentHash.Begin(ContentHash.Sha256);
        long length = 0;
        while (file.Read(_buffer, 0, _buffer.Length) is int read and > 0)
        {
            _cancelled.ThrowIfCancellationRequested();
            length += read;
            // More would shift all that follows.
            if (length > item.Size)
                break;
            hash.AppendData(_buffer, 0, read);
            _output.Write(_buffer, 0, read);
        }

        if (length != item.Size || ContentHash.ToHex(hash.GetHashAndReset()) != item.Sha256)
            throw FetchFailures.TreeUnsafe(path, Message.Of(Key.ReasonContentIsNotThatOfIts));
        Pad(item.Size);
    }

    private void Pad(long length)
    {
        int over = (int)(length % BlockSize);
        if (over > 0)
            _output.Write(new byte[BlockSize - over], 0, BlockSize - over);
    }

    private static bool IsPlain(string name)
    {
        foreach (char c in name)
        {
            if (c is < ' ' or > '~')
                return false;
        }

        return name.Length <= LongestPlainName;
    }

    public void Dispose() => _output.Dispose();
}
