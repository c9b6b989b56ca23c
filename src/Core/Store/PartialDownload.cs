using System;
using System.IO;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Store;

/// <summary>
/// The first bytes of a download, in a directory that this object alone owns until it is disposed of. A process that
/// dies leaves them to the next one.
/// </summary>
internal sealed class PartialDownload : IDisposable
{
    private const string DataName = "data";
    private const string StateName = "state.json";

    private readonly PartialDownloads _parts;
    private string _directory;
    private bool _isTaken;

    internal PartialDownload(PartialDownloads parts, string directory)
    {
        _parts = parts;
        _directory = directory;
        State = PartialState.TryRead(Path.Combine(directory, StateName));
    }

    /// <summary>The cache that it belongs to.</summary>
    public string CacheDirectory => _parts.CacheDirectory;

    /// <summary>Where the bytes are.</summary>
    public string DataPath => Path.Combine(_directory, DataName);

    /// <summary>What the bytes are; null if there is nothing that could be continued.</summary>
    public PartialState? State { get; private set; }

    /// <summary>Bytes that are there.</summary>
    public long Length => new FileInfo(DataPath) is { Exists: true } file ? file.Length : 0;

    /// <summary>Can the rest of it be asked for?</summary>
    public bool IsResumable => State is { Validator: not null, IsOfThisBoot: true } && Length > 0;

    /// <summary>Throws away what is there, and says what the bytes to come are.</summary>
    /// <exception cref="FetchException">StoreDiskFull and others.</exception>
    public void Begin(PartialState state)
    {
        try
        {
            // Emptied first: bytes of one version must never stand beside the description of another.
            Discard();
            FileSystem.WriteAtomically(Path.Combine(_directory, StateName), state.ToJson(), FileSystem.PrivateFile);
            State = state;
        }
        catch (PlatformException e)
        {
            throw FetchFailures.FromPlatform(_directory, e);
        }
    }

    /// <summary>The bytes that are there turned out to be of no use.</summary>
    public void Discard()
    {
        State = null;
        if (File.Exists(DataPath) && !FileSystem.TryDelete(DataPath))
            throw FetchFailures.FromPlatform(_directory, new PlatformException(PlatformFault.Other, "delete", DataPath, 0,
                Message.Of(Key.ReasonCannotBeRemoved)));
        FileSystem.TryDelete(Path.Combine(_directory, StateName));
    }

    /// <summary>Opens the bytes for writing behind the last of them.</summary>
    /// <exception cref="FetchException">StoreDiskFull and others.</exception>
    public PartialWriter OpenWriter() => new(DataPath);

    /// <summary>The bytes have been used: what is left is removed.</summary>
    public void Take()
    {
        _isTaken = true;
        Dispose();
    }

    /// <summary>Leaves the bytes to whoever comes next, if anybody can use them; else removes them.</summary>
    public void Dispose()
    {
        if (_directory.Length == 0)
            return;
        string directory = _directory;
        bool isWorthKeeping = !_isTaken && IsResumable;
        _directory = string.Empty;
        if (!isWorthKeeping || !PartialDownloads.TryMove(directory, PartialName.NewFree(), out _))
            PartialDownloads.TryRemove(directory);
    }
}
