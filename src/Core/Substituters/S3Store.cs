using System;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Threading;
using System.Threading.Tasks;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ProcessDedup.Fetch;
using ProcessDedup.Fetch.Http;
using ProcessDedup.Messages;
using ProcessDedup.Retry;

namespace ProcessDedup.Substituters;

/// <summary>
/// A bucket of S3, or of a server that speaks as S3 does. Logins come from where every AWS program has them. The only
/// place that touches the SDK, so that it is loaded by nobody else.
/// </summary>
internal sealed class S3Store : ISubstituterStore
{
    // Until a server says otherwise, as AWS does for those who give none.
    private const string DefaultRegion = "us-east-1";

    private readonly S3Place _place;
    private readonly SubstituterOptions _options;
    private readonly AmazonS3Client _client;

    public S3Store(S3Place place, SubstituterOptions options)
    {
        _place = place;
        _options = options;
        var config = new AmazonS3Config
        {
            ForcePathStyle = place.IsPathStyle,
            // Whoever asks decides how long it may take.
            Timeout = Timeout.InfiniteTimeSpan,
            MaxErrorRetry = 2,
            // Other servers do not know the trailing checksums that AWS has by default since 2025; packs have digests.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (place.Endpoint is { } endpoint)
        {
            config.ServiceURL = endpoint.AbsoluteUri;
            config.AuthenticationRegion = place.Region ?? DefaultRegion;
        }
        else if (place.Region is { } region)
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        }

        _client = new AmazonS3Client(config);
    }

    public byte[]? TryRead(string path, int largest, CancellationToken cancelled) => AskShortly(watch => ReadSmallAsync(path, largest, watch), cancelled);

    public bool TryReceive(string path, PackReceiver receiver, CancellationToken cancelled) =>
        AskLong<bool?>(async watch => await ReceiveAsync(path, receiver, watch).ConfigureAwait(false), mayBeAbsent: true, cancelled) == true;

    public long? TrySize(string path, CancellationToken cancelled) => AskShortly<long?>(
        async watch => (await _client.GetObjectMetadataAsync(_place.Bucket, _place.Prefix + path, watch.Token).ConfigureAwait(false)).ContentLength, cancelled);

    public void Put(string path, string file, Action<long> advance, CancellationToken cancelled) =>
        AskLong(
            watch => new S3Upload(_client, _place.Bucket, _place.Prefix + path, file).RunAsync(
                bytes =>
                {
                    watch.Moved();
                    advance(bytes);
                },
                watch.Token),
            mayBeAbsent: false, cancelled);

    private async Task<byte[]> ReadSmallAsync(string path, int largest, InactivityWatch watch)
    {
        using GetObjectResponse answer = await _client.GetObjectAsync(_place.Bucket, _place.Prefix + path, watch.Token).ConfigureAwait(false);
        using var content = new MemoryStream();
        byte[] buffer = new byte[8192];
        while (await ReadAsync(answer.ResponseStream, buffer, watch).ConfigureAwait(false) is int read and > 0)
        {
            content.Write(buffer, 0, read);
            if (content.Length > largest)
                throw SubstituterFault.Artifact(Message.Of(Key.ReasonRecordIsFarTooLong));
        }

        return content.Length == answer.ContentLength ? content.ToArray() : throw SubstituterFault.Artifact(Message.Of(Key.ReasonRecordWasCutOff));
    }

    private async Task<bool> ReceiveAsync(string path, PackReceiver receiver, InactivityWatch watch)
    {
        using GetObjectResponse answer = await _client.GetObjectAsync(_place.Bucket, _place.Prefix + path, watch.Token).ConfigureAwait(false);
        for (byte[] buffer = receiver.Buffer; await ReadAsync(answer.ResponseStream, buffer, watch).ConfigureAwait(false) is int read and > 0; buffer = receiver.Buffer)
            receiver.Submit(read);
        return true;
    }

    private static async Task<int> ReadAsync(Stream stream, byte[] buffer, InactivityWatch watch)
    {
        try
        {
            int read = await stream.ReadAsync(buffer.AsMemory(), watch.Token).ConfigureAwait(false);
            watch.Moved();
            return read;
        }
        catch (AmazonClientException e)
        {
            // The SDK compares what came with the checksum that the server gave.
            throw SubstituterFault.Artifact(Message.Of(Key.ReasonWhatCameOfItIsNot), e);
        }
        catch (Exception e) when (e is IOException && !watch.Token.IsCancellationRequested)
        {
            throw SubstituterFault.Artifact(Message.Of(Key.ReasonConnectionWasClosedBeforeItsEnd), e);
        }
    }

    // Whatever the SDK is at (looking for logins, on networks that do not answer), it has the one short timeout.
    private T? AskShortly<T>(Func<InactivityWatch, Task<T>> ask, CancellationToken cancelled) =>
        Ask(new InactivityWatch(_options.ConnectTimeout, Deadline.After(_options.ConnectTimeout), cancelled), ask, mayAbandon: true, mayBeAbsent: true, cancelled);

    // Nobody else may touch the receiver's buffers, so that its reader is waited for.
    private T? AskLong<T>(Func<InactivityWatch, Task<T>> ask, bool mayBeAbsent, CancellationToken cancelled) =>
        Ask(new InactivityWatch(_options.StallTimeout, Deadline.Never, cancelled), ask, mayAbandon: false, mayBeAbsent, cancelled);

    /// <summary>Default if it is not there.</summary>
    private static T? Ask<T>(
        InactivityWatch watch, Func<InactivityWatch, Task<T>> ask, bool mayAbandon, bool mayBeAbsent, CancellationToken cancelled)
    {
        // On a thread of the pool, as the SDK looks for logins before its first await.
        Task<T> answer = Task.Run(() => ask(watch), CancellationToken.None);
        try
        {
            if (mayAbandon)
                Task.WhenAny(answer, Task.Delay(Timeout.Infinite, watch.Token)).GetAwaiter().GetResult();
            if (mayAbandon && !answer.IsCompleted)
                watch.Token.ThrowIfCancellationRequested();
            return answer.GetAwaiter().GetResult();
        }
        catch (AmazonServiceException e) when (mayBeAbsent && IsAbsence(e))
        {
            return default;
        }
        catch (Exception e) when (e is not (SubstituterFault or FetchException or OutOfMemoryException))
        {
            cancelled.ThrowIfCancellationRequested();
            throw watch.Token.IsCancellationRequested ? SubstituterFault.Dead(Message.Of(Key.ReasonNothingCameFromItInTime), e) : FaultOf(e);
        }
        finally
        {
            // Also reads what it failed with, so that it is nobody's unobserved exception.
            answer.ContinueWith(
                ended =>
                {
                    _ = ended.Exception;
                    watch.Dispose();
                },
                CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    // HEAD has no body and so no code; without the right to list, S3 says AccessDenied of what is not there.
    private static bool IsAbsence(AmazonServiceException e) => e.StatusCode == HttpStatusCode.NotFound
        || (e.StatusCode == HttpStatusCode.Forbidden && (e.ErrorCode is null or "" or "AccessDenied" or "Forbidden"));

    // The SDK's messages may hold the whole answer of a server; the code says enough.
    private static SubstituterFault FaultOf(Exception e) => e switch
    {
        AmazonServiceException { StatusCode: >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError } refused =>
            SubstituterFault.Refused(Message.Of(
                Key.ReasonAnswered, (int)refused.StatusCode, FetchFailures.Shown(refused.ErrorCode ?? string.Empty)).TrimEnd(), e),
        AmazonServiceException { StatusCode: >= HttpStatusCode.InternalServerError } failed =>
            SubstituterFault.Dead(Message.Of(
                Key.ReasonAnswered, (int)failed.StatusCode, FetchFailures.Shown(failed.ErrorCode ?? string.Empty)).TrimEnd(), e),
        _ when Innermost(e) is AmazonClientException => SubstituterFault.Refused(
            Message.Of(Key.ReasonNoLoginRegionOrBucketFor), e),
        AmazonServiceException or OperationCanceledException or IOException or HttpRequestException or WebException =>
            SubstituterFault.Dead(FetchFailures.Shown(Innermost(e).Message).TrimEnd('.'), e),
        // Whatever else the SDK throws over what strangers have answered.
        _ => SubstituterFault.Artifact(Message.Of(Key.ReasonAnswerIsNotUnderstood, e.GetType().Name), e),
    };

    private static Exception Innermost(Exception e)
    {
        while (e.InnerException is { } inner)
            e = inner;
        return e;
    }

    public void Dispose() => _client.Dispose();
}
