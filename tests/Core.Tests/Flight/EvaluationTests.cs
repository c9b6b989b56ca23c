using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.AspNetCore.Http;
using ProcessDedup.Tests.Fetch.Forges;
using ProcessDedup.Tests.Fetch.Git;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Flight;

/// <summary>nix-eval-jobs: several workers evaluate one list of inputs of all kinds (nix #15644).</summary>
public sealed class EvaluationTests : IDisposable
{
    private const int Workers = 8;
    private const string TarballTtl = "3600"; // as Nix has it
    private const int Files = 10;
    private const int Tarballs = 15;
    private const int Forges = 10;
    private const int Branches = 15;

    private readonly Caching _it = new();

    public void Dispose() => _it.Dispose();

    [Fact]
    public void Every_input_is_fetched_once_for_all_workers()
    {
        string[] inputs = [.. PlainFiles(), .. Archives(), .. ForgeInputs(), .. GitBranches(out GitServer server)];
        Assert.Equal(50, inputs.Length);
        var random = new Random(Scale.Seed);
        List<Peer> workers = [.. Enumerable.Range(0, Workers).Select(_ =>
        {
            string[] mine = [.. inputs];
            random.Shuffle(mine);
            return Peer.Run(
                _it.Place, "env",
                [$"PROCESSDEDUP_GITHUB_URL={_it.Origin.Root}", Programs.FetchPeer, "get", "--unpack", "--read", "--max-age-sec", TarballTtl, .. mine]);
        })];
        workers.ForEach(w => w.Expect("READY"));
        workers.ForEach(w => w.Say("go"));
        IReadOnlyList<Answer>[] answers = [.. workers.Select(Caching.AnswersOf)];
        workers.ForEach(w => w.Dispose());

        foreach (IReadOnlyList<Answer> of in answers)
        {
            Assert.Equal(inputs.Length, of.Count);
            Assert.All(of, answer => Assert.True(answer.ErrorId is null, $"seed {Scale.Seed}: {answer}"));
        }

        // All workers were given the same content.
        Assert.All(answers, of => Assert.Equal(answers[0].Select(a => a.Digest).Order(), of.Select(a => a.Digest).Order()));
        foreach (IGrouping<string, OriginRequest> asked in _it.Origin.Requests
            .Where(r => !r.Path.StartsWith("/source/", StringComparison.Ordinal)).GroupBy(r => r.Path))
        {
            Assert.True(asked.Count() == 1, $"seed {Scale.Seed}: {asked.Key} was asked for {asked.Count()} times");
        }

        // One visit to learn the commit of a branch, one to fetch it.
        Assert.Equal(2 * Branches, server.Visits);
    }

    private IEnumerable<string> PlainFiles() => Enumerable.Range(0, Files)
        .Select(i => _it.Origin.Serve($"/file-{i}", 10_000 + i, seed: i).Url);

    private IEnumerable<string> Archives() => Enumerable.Range(0, Tarballs)
        .Select(i => _it.Origin.Serve($"/archive-{i}.tar.gz", Tars.Gzip(Tars.Tar(Tars.FileOf("a", "archive " + i)))).Url);

    private IEnumerable<string> ForgeInputs()
    {
        var forge = new FakeForge(_it.Place, _it.Origin);
        for (int i = 0; i < Forges; i++)
        {
            string commit = FakeForge.Sha((char)('0' + i));
            _it.Origin.Handle($"/api/v3/repos/owner/repo{i}/commits/HEAD", context => context.Response.WriteAsync(commit));
            forge.Archive($"/owner/repo{i}/archive/{commit}.tar.gz", "forge " + i);
            yield return $"github:owner/repo{i}";
        }
    }

    private IEnumerable<string> GitBranches(out GitServer server)
    {
        var repository = new TestRepository(_it.Place);
        repository.Commit("a", "start");
        for (int i = 0; i < Branches; i++)
        {
            repository.Git("checkout", "--quiet", "-b", $"branch-{i}", "main");
            repository.Commit("a", "branch " + i);
        }

        server = new GitServer(_it.Origin, _it.Place);
        string address = server.Address;
        return Enumerable.Range(0, Branches).Select(i => $"{address}?ref=branch-{i}");
    }
}
