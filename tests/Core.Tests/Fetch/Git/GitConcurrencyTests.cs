using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using ProcessDedup.Fetch;
using ProcessDedup.Platform;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Fetch.Git;

/// <summary>Many who want a repository at once.</summary>
public class GitConcurrencyTests
{
    private const int Many = 8;

    [Fact]
    public void Of_many_who_want_a_branch_one_fetches_it()
    {
        using var place = new TestDirectory();
        using var origin = new Origin();
        var repository = new TestRepository(place);
        repository.Commit("a.txt", "one");
        var server = new GitServer(origin, place);
        FetchResult[] results = AtOnce(Many, _ => place.Cache().Get(new FetchRequest(server.Address + "?ref=main")));
        Assert.Single(results.Select(r => r.Path).Distinct());
        // One ls-remote, one fetch.
        Assert.Equal(2, server.Visits);
    }

    [Fact]
    public void Of_many_who_want_different_commits_each_gets_its_own()
    {
        using var place = new TestDirectory();
        using var origin = new Origin();
        var repository = new TestRepository(place);
        string[] commits = [.. Enumerable.Range(0, Many).Select(i => repository.Commit("a.txt", "version " + i))];
        var server = new GitServer(origin, place);
        FetchResult[] results = AtOnce(Many, i => place.Cache().Get(new FetchRequest($"{server.Address}?rev={commits[i]}")));
        for (int i = 0; i < Many; i++)
            Assert.Equal("version " + i, results[i].Text("a.txt"));
        Assert.Single(Directory.GetDirectories(Path.Combine(place.Cache().Directory, "git")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Without_locks_more_is_fetched_and_nothing_is_corrupted(bool isSmart)
    {
        using var place = new TestDirectory();
        using var origin = new Origin();
        var repository = new TestRepository(place);
        string[] commits = [.. Enumerable.Range(0, 4).Select(i => repository.Commit($"dir{i}/a.txt", "version " + i))];
        string address = isSmart ? new GitServer(origin, place).Address : repository.Address;
        for (int round = 0; round < 3; round++)
        {
            FetchResult[] results = AtOnce(
                Many, i => place.CacheWithoutLocks().Get(new FetchRequest($"{address}?rev={commits[i % commits.Length]}")));
            for (int i = 0; i < Many; i++)
                Assert.Equal("version " + i % commits.Length, results[i].Text($"dir{i % commits.Length}/a.txt"));
            string mirror = Assert.Single(Directory.GetDirectories(Path.Combine(place.Cache().Directory, "git")));
            TestRepository.Run(mirror, "fsck", "--full", "--strict");
            place.Cache().AssertNothingInTheMaking();
            foreach (FetchResult result in results)
                TreeRemoval.TryDelete(result.Path);
            if (round % 2 == 1)
                TreeRemoval.TryDelete(mirror);
        }
    }

    [Fact]
    public void Of_many_processes_one_fetches_it()
    {
        using var place = new TestDirectory();
        using var origin = new Origin();
        var repository = new TestRepository(place);
        repository.Commit("a.txt", "one");
        var server = new GitServer(origin, place);
        Peer[] peers = [.. Enumerable.Range(0, Many).Select(_ => Peer.Procdedup(place, "fetch", server.Address + "?ref=main"))];
        try
        {
            var paths = new HashSet<string>();
            foreach (Peer peer in peers)
            {
                (int code, string output, string errors) = peer.Finish();
                Assert.True(code == 0, errors);
                paths.Add(output);
            }

            Assert.Equal("one", File.ReadAllText(Path.Combine(Assert.Single(paths), "a.txt")));
            Assert.Equal(2, server.Visits);
        }
        finally
        {
            foreach (Peer peer in peers)
                peer.Dispose();
        }
    }

    private static FetchResult[] AtOnce(int count, Func<int, FetchResult> get)
    {
        var results = new FetchResult[count];
        var failures = new List<Exception>();
        using var start = new Barrier(count);
        Thread[] threads = [.. Enumerable.Range(0, count).Select(i => new Thread(() =>
        {
            start.SignalAndWait();
            try
            {
                results[i] = get(i);
            }
            catch (Exception e)
            {
                lock (failures)
                    failures.Add(e);
            }
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        Assert.True(failures.Count == 0, string.Join("\n", failures));
        return results;
    }
}
