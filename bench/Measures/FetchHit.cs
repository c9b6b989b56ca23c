using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Threading;
using ProcessDedup.Bench.Contenders;
using ProcessDedup.Bench.Report;
using ProcessDedup.Fetch;
using ProcessDedup.Locks;

namespace ProcessDedup.Bench.Measures;

/// <summary>What a program pays that asks Core for what is in the cache already.</summary>
internal sealed class FetchHit : Measure
{
    private const double MostPerHit = 150e3;
    private const string BareRevalidation = "HttpClient, 304";

    private static readonly string[] Columns = [BareRevalidation];
    private static readonly TimeSpan Fresh = TimeSpan.FromHours(1);

    public override string Name => "fetch-hit";

    public override IEnumerable<Row> Run(Bench bench)
    {
        if (bench.Downloads is not { } field)
            yield break;
        FetchCache cache = FetchCache.Open(LockRoot.At(field.NewDirectory()));
        string address = field.Origin.Serve("64m", 64 << 20).AbsoluteUri;
        string[] many = Enumerable.Range(0, bench.Pick(1000, 200))
            .Select(i => field.Origin.Serve(string.Create(CultureInfo.InvariantCulture, $"small-{i:0000}"), 1024).AbsoluteUri).ToArray();
        foreach (string one in many.Append(address))
            cache.Get(new FetchRequest(one) { MaxAge = Fresh });
        int calls = bench.Pick(20_000, 4_000);

        yield return Hits(cache, [address], calls, "hit, one entry of 64 MiB");
        yield return Hits(cache, many, calls, string.Create(CultureInfo.InvariantCulture, $"hit, {many.Length} entries in turn"));
        yield return Revalidations(cache, address, bench.Pick(2_000, 300));
    }

    private static Row Hits(FetchCache cache, string[] addresses, int calls, string measure)
    {
        Times(calls / 4, i => Get(cache, addresses[i % addresses.Length], Fresh, FetchStatus.Hit));
        // Optimised code is compiled in the background, 100 ms after the last new method.
        Thread.Sleep(200);
        double[] times = Times(calls, i => Get(cache, addresses[i % addresses.Length], Fresh, FetchStatus.Hit));
        double median = Figures.Median(times);
        return Row.OfTimes(
            $"{measure}; p99 {Figures.Time(Figures.Quantile(times, 0.99))}", Columns, Field.Ours, new Dictionary<string, double> { [Field.Ours] = median }, null)
            .WithTarget("≤ " + Figures.Time(MostPerHit), median <= MostPerHit);
    }

    private static Row Revalidations(FetchCache cache, string address, int calls)
    {
        using var client = new HttpClient();
        string tag;
        using (HttpResponseMessage first = client.Send(new HttpRequestMessage(HttpMethod.Head, address)))
            tag = first.Headers.ETag!.ToString();
        var samples = new Dictionary<string, List<double>> { [Field.Ours] = [], [BareRevalidation] = [] };
        const int batches = 11;
        for (int batch = -2; batch < batches; batch++)
        {
            double[] ours = Times(calls / batches, _ => Get(cache, address, TimeSpan.Zero, FetchStatus.Revalidated));
            double[] bare = Times(calls / batches, _ => Ask(client, address, tag));
            if (batch < 0)
                continue;
            samples[Field.Ours].AddRange(ours);
            samples[BareRevalidation].AddRange(bare);
        }

        return Row.OfTimes(
            "the origin says that it has not changed", Columns, Field.Ours,
            samples.ToDictionary(s => s.Key, s => Figures.Median(s.Value)), BareRevalidation);
    }

    private static void Get(FetchCache cache, string address, TimeSpan maxAge, FetchStatus expected)
    {
        FetchResult result = cache.Get(new FetchRequest(address) { MaxAge = maxAge });
        if (result.Status != expected)
            throw new InvalidDataException($"{result.Status} instead of {expected}: {result.Reason}");
    }

    private static void Ask(HttpClient client, string address, string tag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.TryAddWithoutValidation("If-None-Match", tag);
        using HttpResponseMessage response = client.Send(request, HttpCompletionOption.ResponseHeadersRead);
        if (response.StatusCode != HttpStatusCode.NotModified)
            throw new InvalidDataException($"{response.StatusCode} instead of 304");
    }

    private static double[] Times(int count, Action<int> act)
    {
        double[] times = new double[count];
        for (int i = 0; i < count; i++)
        {
            long before = Worker.Now();
            act(i);
            times[i] = Worker.Now() - before;
        }

        return times;
    }
}
