using System;
using System.IO;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;
using ProcessDedup.Platform;

namespace ProcessDedup.Substituters;

/// <summary>
/// A directory, perhaps on a network: every look at it is done by a thread that is left behind if it hangs. Others may
/// read and write there at the same time; a file appears whole, by rename. Rights are what the umask leaves.
/// </summary>
internal sealed class DirectoryStore(string root, SubstituterOptions options) : ISubstituterStore
{
    private const string Staging = "tmp";
    private const string StagedSuffix = ".procdedup-tmp";
    private const int BufferSize = 1 << 20;

    // What a killed publisher left: nobody is at work on it any more.
    private static readonly TimeSpan Abandoned = TimeSpan.FromDays(1);

    private readonly AbandonableWorker _worker = new("ProcessDedup substituter");

    public byte[]? TryRead(string path, int largest, CancellationToken cancelled) => Call(
        () =>
        {
            CheckRoot();
            string file = PlaceOf(path);
            if (!FileSystem.TryGetFacts(file, out FileFacts facts))
                return null;
            if (facts.Type != FileType.Regular || facts.Size > largest)
                throw SubstituterFault.Artifact(Message.Of(Key.ReasonRecordIsNoSmallFile));
            // It may have been replaced since; then it is the new one.
            return FileSystem.TryReadSmall(file, largest) ?? throw SubstituterFault.Refused(Message.Of(Key.ReasonRecordCannotBeRead));
        },
        options.ConnectTimeout, cancelled);

    public long? TrySize(string path, CancellationToken cancelled) => Call(
        () => FileSystem.TryGetFacts(PlaceOf(path), out FileFacts facts) && facts.Type == FileType.Regular ? facts.Size : (long?)null,
        options.ConnectTimeout, cancelled);

    public bool TryReceive(string path, PackReceiver receiver, CancellationToken cancelled)
    {
        using FileStream? source = Call(
            () => FileSystem.TryGetFacts(PlaceOf(path), out FileFacts facts) && facts.Type == FileType.Regular
                ? SourceFile.OpenStream(PlaceOf(path))
                : null,
            options.StallTimeout, cancelled);
        if (source is null)
            return false;
        // Of its own: a thread that is left behind may write into it whenever it likes.
        byte[] buffer = new byte[BufferSize];
        while (Call(() => source.Read(buffer, 0, buffer.Length), options.StallTimeout, cancelled) is int read and > 0)
        {
            for (int at = 0; at < read;)
            {
                int count = Math.Min(read - at, receiver.Buffer.Length);
                Buffer.BlockCopy(buffer, at, receiver.Buffer, 0, count);
                receiver.Submit(count);
                at += count;
            }
        }

        return true;
    }

    public void Put(string path, string file, Action<long> advance, CancellationToken cancelled)
    {
        string place = PlaceOf(path);
        string staged = Path.Combine(root, Staging, FormattableString.Invariant($"{Environment.MachineName}-{ProcessIdentity.CurrentProcessId()}-{Guid.NewGuid():N}{StagedSuffix}"));
        using var source = SourceFile.OpenStream(file);
        FileStream target = Call(
            () =>
            {
                CreateRoot();
                Directory.CreateDirectory(Path.Combine(root, Staging));
                DeleteAbandoned();
                return new FileStream(staged, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1);
            },
            options.StallTimeout, cancelled);
        try
        {
            for (; ; )
            {
                byte[] buffer = new byte[BufferSize];
                int count = source.Read(buffer, 0, buffer.Length);
                if (count == 0)
                    break;
                Call(() => target.Write(buffer, 0, count), options.StallTimeout, cancelled);
                advance(count);
            }

            // Whoever sees the name must find the content, even after a power failure.
            Call(() => target.Flush(flushToDisk: true), options.StallTimeout, cancelled);
            Call(
                () =>
                {
                    target.Dispose();
                    Directory.CreateDirectory(Path.GetDirectoryName(place)!);
                    Publishing.Rename(staged, place);
                },
                options.StallTimeout, cancelled);
        }
        catch
        {
            if (!_worker.IsAbandoned)
            {
                target.Dispose();
                FileSystem.TryDelete(staged);
            }

            throw;
        }
    }

    private string PlaceOf(string path) => Path.Combine(root, path.Replace('/', Path.DirectorySeparatorChar));

    private void CheckRoot()
    {
        if (!Directory.Exists(root))
            throw SubstituterFault.Refused(Message.Of(Key.ReasonThereIsNoSuchDirectory));
    }

    // Itself, not what should lead to it: below what is not mounted nothing must come to lie.
    private void CreateRoot()
    {
        if (Directory.Exists(root))
            return;
        if (Path.GetDirectoryName(root) is { } parent && !Directory.Exists(parent))
            throw SubstituterFault.Refused(Message.Of(Key.ReasonThereIsNoDirectoryInWhich, FetchFailures.Shown(parent)));
        Directory.CreateDirectory(root);
    }

    private void DeleteAbandoned()
    {
        foreach (string path in Directory.GetFiles(Path.Combine(root, Staging), "*" + StagedSuffix))
        {
            if (FileSystem.TryGetFacts(path, out FileFacts facts)
                && DateTimeOffset.UtcNow.ToUnixTimeSeconds() - facts.ModifiedUnixSeconds > Abandoned.TotalSeconds)
            {
                FileSystem.TryDelete(path);
            }
        }
    }

    private void Call(Action act, TimeSpan limit, CancellationToken cancelled) => Call(
        () =>
        {
            act();
            return true;
        },
        limit, cancelled);

    private T Call<T>(Func<T> act, TimeSpan limit, CancellationToken cancelled)
    {
        try
        {
            return _worker.Run(act, limit, cancelled);
        }
        catch (TimeoutException e)
        {
            throw SubstituterFault.Dead(Message.Of(Key.ReasonDidNotAnswerWithinS, limit.TotalSeconds), e);
        }
        catch (PlatformException e)
        {
            throw Fault(e);
        }
        catch (Exception e) when (ManagedFailures.IsAboutFiles(e))
        {
            throw Fault(ManagedFailures.Translate("use", root, e));
        }
    }

    private static SubstituterFault Fault(PlatformException e)
    {
        string cause = FetchFailures.CauseOf(e);
        return e.Fault switch
        {
            PlatformFault.AccessDenied => SubstituterFault.Refused(Message.Of(Key.ReasonRightsAreMissing, cause), e),
            PlatformFault.ReadOnly or PlatformFault.NoSpace => SubstituterFault.Refused(Message.Of(Key.ReasonCannotBeWrittenTo, cause), e),
            PlatformFault.Missing or PlatformFault.ParentMissing =>
                SubstituterFault.Artifact(Message.Of(Key.ReasonPartOfItHasJustVanished, cause), e),
            // Input/output error, stale file handle, transport endpoint is not connected: a network that is gone.
            _ => SubstituterFault.Dead(cause, e),
        };
    }

    public void Dispose() => _worker.Dispose();
}
