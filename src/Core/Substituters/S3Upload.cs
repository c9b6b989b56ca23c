using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Amazon.S3;
using Amazon.S3.Model;

namespace ProcessDedup.Substituters;

/// <summary>A file on its way into a bucket, at once or in parts; it appears there whole.</summary>
internal sealed class S3Upload(AmazonS3Client client, string bucket, string key, string file)
{
    // A single PUT takes 5 GiB at most; in parts, a lost connection costs one part. There may be ten thousand.
    private const long WorthParts = 64L << 20;

    private string Type => key.EndsWith(".json", StringComparison.Ordinal) ? "application/json" : "application/octet-stream";

    public async Task<bool> RunAsync(Action<long> moved, CancellationToken end)
    {
        if (new FileInfo(file).Length >= WorthParts)
        {
            await PutPartsAsync(moved, end).ConfigureAwait(false);
            return true;
        }

        var request = new PutObjectRequest { BucketName = bucket, Key = key, FilePath = file, ContentType = Type, UseChunkEncoding = false };
        request.StreamTransferProgress += (_, e) => moved(e.IncrementTransferred);
        await client.PutObjectAsync(request, end).ConfigureAwait(false);
        return true;
    }

    // Not by TransferUtility: it has no way to send parts as servers other than AWS understand them. Until it is
    // completed nobody sees anything of it; what a kill leaves is removed by a lifecycle rule of the bucket.
    private async Task PutPartsAsync(Action<long> moved, CancellationToken end)
    {
        var begin = new InitiateMultipartUploadRequest { BucketName = bucket, Key = key, ContentType = Type };
        string id = (await client.InitiateMultipartUploadAsync(begin, end).ConfigureAwait(false)).UploadId;
        try
        {
            long length = new FileInfo(file).Length;
            var parts = new List<PartETag>();
            for (long at = 0; at < length; at += WorthParts)
            {
                var request = new UploadPartRequest
                {
                    BucketName = bucket,
                    Key = key,
                    UploadId = id,
                    PartNumber = parts.Count + 1,
                    FilePath = file,
                    FilePosition = at,
                    PartSize = Math.Min(WorthParts, length - at),
                    UseChunkEncoding = false,
                };
                request.StreamTransferProgress += (_, e) => moved(e.IncrementTransferred);
                UploadPartResponse part = await client.UploadPartAsync(request, end).ConfigureAwait(false);
                parts.Add(new PartETag(parts.Count + 1, part.ETag));
            }

            var complete = new CompleteMultipartUploadRequest { BucketName = bucket, Key = key, UploadId = id, PartETags = parts };
            await client.CompleteMultipartUploadAsync(complete, end).ConfigureAwait(false);
        }
        catch (Exception)
        {
            await TryAbortAsync(id).ConfigureAwait(false);
            throw;
        }
    }

    private async Task TryAbortAsync(string id)
    {
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            await client.AbortMultipartUploadAsync(
                new AbortMultipartUploadRequest { BucketName = bucket, Key = key, UploadId = id }, limit.Token).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // What has failed already is what is told.
        }
    }
}
