using System;
using System.IO;
using ProcessDedup.Servers;
using Xunit;

namespace ProcessDedup.Tests.Harness;

/// <summary>A real server that speaks as S3 does (s3rver, from npm) on loopback, with one bucket.</summary>
internal sealed class S3Server : IDisposable
{
    public const string Bucket = "artifacts-of-tests";

    // Fixed by s3rver.
    public const string Login = "S3RVER";

    private readonly Peer _process;

    public S3Server(TestDirectory place)
    {
        string? node = Programs.Find("node");
        string? program = Find();
        Assert.SkipWhen(node is null || program is null, "s3rver is not installed (.ci/run does it: npm install --prefix ~/.cache/procdedup-test-peers s3rver)");
        // Where every AWS program looks for them. The variable of the last line spares a search on networks that do not answer.
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", Login);
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", Login);
        Environment.SetEnvironmentVariable("AWS_EC2_METADATA_DISABLED", "true");
        int port = FreePort.Next();
        Endpoint = FormattableString.Invariant($"http://127.0.0.1:{port}");
        _process = Peer.Run(
            place, node!, program!, "-d", place.NewDirectory("s3"), "-a", "127.0.0.1", "-p", port.ToString(System.Globalization.CultureInfo.InvariantCulture),
            "--no-vhost-buckets", "--silent", "--configure-bucket", Bucket);
        try
        {
            Eventually.True(() => _process.HasExited || NginxServer.Answers(port), "s3rver answers");
            Assert.SkipWhen(_process.HasExited, $"s3rver does not run here: {_process.Errors}");
        }
        catch
        {
            _process.Dispose();
            throw;
        }
    }

    public string Endpoint { get; }

    public string Address(string prefix = "pre/fix", string bucket = Bucket) =>
        $"s3://{bucket}/{prefix}?endpoint={Uri.EscapeDataString(Endpoint)}&region=eu-central-1&pathStyle=true";

    private static string? Find()
    {
        string cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } named
            ? named
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        string program = Path.Combine(cache, "procdedup-test-peers", "node_modules", "s3rver", "bin", "s3rver.js");
        return File.Exists(program) ? program : null;
    }

    public void Dispose() => _process.Dispose();
}
