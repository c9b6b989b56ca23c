using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using ProcessDedup.Claims;
using ProcessDedup.Platform;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Claims;

/// <summary>What every kind of store of claims has to do; run once for each of them.</summary>
public abstract class ClaimContract : IDisposable
{
    private protected TestDirectory Place { get; } = new();

    public virtual void Dispose()
    {
        Place.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>A store of its own on the same claims.</summary>
    protected abstract ClaimStore Open();

    private static ClaimRequest Wanted(string key, TimeSpan? lease = null, string? token = null) =>
        new("builds", key) { Lease = lease, Token = token, Reason = "building" };

    [Fact]
    public void The_first_one_wins_and_the_others_are_told_who_it_was()
    {
        using ClaimStore one = Open(), other = Open();
        ClaimResult won = one.Add(Wanted("4711"));
        ClaimResult lost = other.Add(Wanted("4711"));
        Assert.Equal((ClaimOutcome.Won, ClaimOutcome.Lost), (won.Outcome, lost.Outcome));
        Assert.Equal(1, won.Fence);
        Assert.NotNull(won.Token);
        Assert.Null(lost.Token);
        Assert.Equal(won.Owner, lost.Owner);
        Assert.Equal((won.Fence, "building", "builds", "4711"), (lost.Fence, lost.Reason, lost.Namespace, lost.Key));
        Assert.Equal(Environment.ProcessId, lost.Owner.ProcessId);
        Assert.Equal(ProcessIdentity.Current.StartTicks, lost.Owner.ProcessStart);
        Assert.Equal(ProcessIdentity.Current.BootId, lost.Owner.BootId);
        Assert.Equal((Environment.UserName, Environment.MachineName), (lost.Owner.User, lost.Owner.Machine));
        Assert.NotEmpty(lost.Owner.CommandLine);
        Assert.False(lost.Owner.IsGone);
        Assert.Null(lost.LeaseEnd);
    }

    [Fact]
    public void The_same_question_twice_has_two_answers_unless_it_has_the_same_token()
    {
        using ClaimStore store = Open();
        ClaimResult won = store.Add(Wanted("k"));
        Assert.Equal(ClaimOutcome.Lost, store.Add(Wanted("k")).Outcome);
        ClaimResult again = store.Add(Wanted("k", token: won.Token));
        Assert.Equal((ClaimOutcome.Won, won.Fence, won.Since, won.Token), (again.Outcome, again.Fence, again.Since, again.Token));
        Assert.Equal(ClaimOutcome.Lost, store.Add(Wanted("k", token: "another")).Outcome);
    }

    [Fact]
    public void Keys_of_other_namespaces_and_of_another_case_are_other_keys()
    {
        using ClaimStore store = Open();
        string[] keys = ["key", "Key", "KEY", "é", "e\u0301", " key", "💡", "%", "' OR 1=1 --", new string('x', ClaimRequest.LongestKeyBytes)];
        Assert.All(keys, key => Assert.Equal(ClaimOutcome.Won, store.Add(Wanted(key)).Outcome));
        Assert.All(keys, key => Assert.Equal(ClaimOutcome.Lost, store.Add(Wanted(key)).Outcome));
        Assert.Equal(ClaimOutcome.Won, store.Add(new ClaimRequest("other", "key")).Outcome);
        Assert.Equal(keys.Order(StringComparer.Ordinal), store.Find("builds").Select(c => c.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_removed_key_can_be_won_again_with_a_higher_fence()
    {
        using ClaimStore store = Open();
        for (int fence = 1; fence <= 3; fence++)
        {
            ClaimResult won = store.Add(Wanted("k"));
            Assert.Equal((ClaimOutcome.Won, fence), (won.Outcome, (int)won.Fence));
            Assert.Null(won.TakenOverFrom);
            Assert.Equal(fence, store.Remove("builds", "k", won.Token).Fence);
            Assert.Empty(store.Find());
        }
    }

    [Fact]
    public void Only_the_owner_can_remove_a_claim_or_whoever_insists()
    {
        using ClaimStore store = Open();
        ClaimResult won = store.Add(Wanted("k"));
        foreach (string? token in new[] { null, "", "another", won.Token!.ToUpperInvariant() + "x" })
            Expect(ClaimError.ClaimNotOwned, () => store.Remove("builds", "k", token));
        Assert.Equal(ClaimOutcome.Lost, store.Add(Wanted("k")).Outcome);
        store.Remove("builds", "k", null, force: true);
        Expect(ClaimError.ClaimNotFound, () => store.Remove("builds", "k", won.Token));
        Expect(ClaimError.ClaimNotFound, () => store.Remove("builds", "never", null, force: true));
        Assert.Equal(2, store.Add(Wanted("k")).Fence);
        // The one before has lost it, and its token is worth nothing.
        Expect(ClaimError.ClaimNotOwned, () => store.Remove("builds", "k", won.Token));
        Assert.Equal(ClaimOutcome.Lost, store.Add(Wanted("k", token: won.Token)).Outcome);
    }

    [Fact]
    public void A_lease_that_is_over_is_taken_over_by_the_next_one_and_only_by_one()
    {
        using ClaimStore one = Open(), other = Open();
        ClaimResult first = one.Add(Wanted("k", TimeSpan.FromMilliseconds(1)));
        Eventually.True(() => one.Find("builds", "k")[0].IsExpired, "the lease is over");
        ClaimResult second = other.Add(Wanted("k", TimeSpan.FromHours(1)));
        Assert.Equal((ClaimOutcome.Won, first.Fence + 1), (second.Outcome, second.Fence));
        Assert.Equal(first.Owner, second.TakenOverFrom);
        Assert.InRange(second.LeaseEnd!.Value, DateTimeOffset.Now.AddMinutes(59), DateTimeOffset.Now.AddMinutes(61));
        Assert.Equal(ClaimOutcome.Lost, one.Add(Wanted("k", token: first.Token)).Outcome);
        Expect(ClaimError.ClaimNotOwned, () => one.Remove("builds", "k", first.Token));
    }

    [Fact]
    public void A_lease_is_renewed_with_the_token_even_after_its_end_and_ends_without_a_lease()
    {
        using ClaimStore store = Open();
        ClaimResult first = store.Add(Wanted("k", TimeSpan.FromMilliseconds(1)));
        Eventually.True(() => store.Find("builds", "k")[0].IsExpired, "the lease is over");
        ClaimResult renewed = store.Add(Wanted("k", TimeSpan.FromHours(1), first.Token));
        Assert.Equal((ClaimOutcome.Won, first.Fence), (renewed.Outcome, renewed.Fence));
        Assert.False(store.Find("builds", "k")[0].IsExpired);
        ClaimResult forEver = store.Add(Wanted("k", token: first.Token));
        Assert.Null(forEver.LeaseEnd);
        Assert.Equal(ClaimOutcome.Lost, store.Add(Wanted("k")).Outcome);
    }

    [Fact]
    public void Of_many_at_once_one_wins_each_key()
    {
        const int threads = 8, keys = 40;
        int[] wins = new int[keys];
        Task[] all = [.. Enumerable.Range(0, threads).Select(_ => Task.Factory.StartNew(
            () =>
            {
                using ClaimStore store = Open();
                for (int key = 0; key < keys; key++)
                {
                    if (store.Add(Wanted($"{key}")).Outcome == ClaimOutcome.Won)
                        Interlocked.Increment(ref wins[key]);
                }
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        Task.WhenAll(all).ContinueWith(_ => true, TaskScheduler.Default).Result("all are done");
        Assert.All(all, task => Assert.Null(task.Exception));
        Assert.All(wins, won => Assert.Equal(1, won));
    }

    [Fact]
    public void What_is_claimed_can_be_looked_up()
    {
        using ClaimStore store = Open();
        Assert.Empty(store.Find());
        store.Add(Wanted("a"));
        store.Add(Wanted("b", TimeSpan.FromHours(1)));
        store.Add(new ClaimRequest("other", "a"));
        Assert.Equal(["builds/a", "builds/b", "other/a"], store.Find().Select(c => $"{c.Namespace}/{c.Key}"));
        Assert.Equal(["builds/a", "other/a"], store.Find(key: "a").Select(c => $"{c.Namespace}/{c.Key}"));
        Assert.Equal(["b"], store.Find("builds", "b").Select(c => c.Key));
        Assert.Empty(store.Find("builds", "A"));
    }

    public static TheoryData<string?, string?, ClaimError> BadNames => new()
    {
        { "", "k", ClaimError.ClaimNamespaceInvalid },
        { null, "k", ClaimError.ClaimNamespaceInvalid },
        { "a/b", "k", ClaimError.ClaimNamespaceInvalid },
        { new string('n', 10_000), "k", ClaimError.ClaimNamespaceInvalid },
        { "builds", "", ClaimError.ClaimKeyInvalid },
        { "builds", null, ClaimError.ClaimKeyInvalid },
        { "builds", "a\0b", ClaimError.ClaimKeyInvalid },
        { "builds", "a\nb", ClaimError.ClaimKeyInvalid },
        { "builds", "\ud83d", ClaimError.ClaimKeyInvalid },
        { "builds", new string('k', ClaimRequest.LongestKeyBytes + 1), ClaimError.ClaimKeyInvalid },
        { "builds", new string('é', ClaimRequest.LongestKeyBytes), ClaimError.ClaimKeyInvalid },
    };

    [Theory]
    [MemberData(nameof(BadNames), DisableDiscoveryEnumeration = true)]
    public void What_cannot_be_a_name_is_refused_with_its_reason(string? name, string? key, ClaimError error)
    {
        using ClaimStore store = Open();
        ClaimException failure = Expect(error, () => store.Add(new ClaimRequest(name!, key!)));
        Assert.True(failure.Message.Length < 600, failure.Message);
        Expect(error, () => store.Remove(name!, key!, null));
    }

    [Fact]
    public void Leases_and_tokens_that_cannot_be_kept_are_refused()
    {
        using ClaimStore store = Open();
        Expect(ClaimError.ClaimLeaseInvalid, () => store.Add(Wanted("k", TimeSpan.Zero)));
        Expect(ClaimError.ClaimLeaseInvalid, () => store.Add(Wanted("k", TimeSpan.FromSeconds(-1))));
        Expect(ClaimError.ClaimLeaseInvalid, () => store.Add(Wanted("k", TimeSpan.MaxValue)));
        Expect(ClaimError.ClaimTokenInvalid, () => store.Add(Wanted("k", token: " ")));
        Expect(ClaimError.ClaimTokenInvalid, () => store.Add(Wanted("k", token: new string('t', 1000))));
        Assert.Empty(store.Find());
    }

    [Fact]
    public void A_cancelled_question_claims_nothing()
    {
        using ClaimStore store = Open();
        Assert.ThrowsAny<OperationCanceledException>(() => store.Add(Wanted("k"), new CancellationToken(true)));
        Assert.Empty(store.Find());
    }

    private protected static ClaimException Expect(ClaimError error, Action act)
    {
        var failure = Assert.Throws<ClaimException>(act);
        Assert.Equal(error, failure.Error);
        return failure;
    }
}
