using System;
using System.CommandLine;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;
using ProcessDedup.Store;

namespace ProcessDedup.Cli;

/// <summary><c>procdedup cache verify</c>: is the content what its digest says?</summary>
internal static class CacheVerifyCommand
{
    public static Command Create()
    {
        Argument<string?> pattern = CacheCommand.Pattern();
        var command = new Command(
            "verify",
            "Reads what is cached and compares it with its digest. What is broken is put into quarantine, and fetched anew when it is asked for. The exit code is 1 if anything was broken or missing.")
        {
            pattern,
        };
        command.RefuseOptionAs(pattern);
        command.SetAction(parsed => Run(parsed.GetValue(pattern)));
        return command;
    }

    private static int Run(string? pattern)
    {
        using var interruption = new Interruption();
        FetchCache cache = CacheCommand.Open();
        CacheCheck check = cache.BeginCheck();
        int sound = 0, wrong = 0;
        try
        {
            foreach (CachedItem item in CacheCommand.List(cache, pattern))
            {
                VerifiedItem verified = check.Verify(item, interruption.Token);
                if (verified.State == ContentState.Sound)
                {
                    sound++;
                    continue;
                }

                wrong++;
                string text = verified.State.ToString().ToLowerInvariant();
                string whereNow = verified.QuarantinedAt is { } place ? Message.Of(Key.ReasonNowIn, place) : string.Empty;
                Console.Out.WriteLine($"{text} '{verified.Source}': {verified.Detail}{whereNow}");
            }
        }
        catch (OperationCanceledException) when (interruption.Came)
        {
            return interruption.ExitCode;
        }

        Console.Out.WriteLine(Message.Of(Key.NoticeSoundBrokenOrMissing, sound, wrong));
        return wrong == 0 ? ExitCode.Success : ExitCode.Failure;
    }
}
