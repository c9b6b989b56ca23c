using System;
using System.Security.Cryptography;
using System.Text;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Cli;

/// <summary>What tests of procdedup fetch have in common: the real program, a cache of its own and a real origin.</summary>
public abstract class FetchProgramTest : IDisposable
{
    private protected static readonly byte[] Content = Encoding.UTF8.GetBytes("what everybody wants");

    private protected readonly TestDirectory _place = new();
    private protected readonly Origin _origin = new();

    public void Dispose()
    {
        _origin.Dispose();
        _place.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected (int Code, string Output, string Errors) Fetch(params string[] arguments)
    {
        using Peer procdedup = Peer.Procdedup(_place, ["fetch", .. arguments]);
        procdedup.EndInput();
        return procdedup.Finish();
    }

    /// <summary>Its one line of output.</summary>
    private protected string FetchWell(params string[] arguments)
    {
        (int code, string output, string errors) = Fetch(arguments);
        Assert.Equal((0, ""), (code, errors));
        Assert.DoesNotContain('\n', output);
        return output;
    }

    private protected static string Sha256(byte[] content) => Convert.ToHexString(SHA256.HashData(content)).ToLowerInvariant();
}
