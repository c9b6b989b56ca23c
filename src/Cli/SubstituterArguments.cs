using System.CommandLine;
using ProcessDedup.Retry;
using ProcessDedup.Substituters;

namespace ProcessDedup.Cli;

/// <summary>The substituters that a command is told of.</summary>
/// <param name="purpose">What they are for.</param>
internal sealed class SubstituterArguments(string purpose = "Another store that is asked before anything is built")
{
    private static readonly SubstituterOptions Usual = new();

    private readonly Option<string[]> _addresses = new("--substituter")
    {
        Description = purpose + ": a directory, an http(s) address, or s3://bucket/prefix?region=…&endpoint=…; "
            + "with ?trusted=true at its end it needs no signatures. May be repeated; asked in this order.",
        HelpName = "STORE",
    };

    private readonly Option<string[]> _keys = new("--trusted-key")
    {
        Description = "A PEM file with a public key (ECDSA, P-256): what a substituter has must be signed by one of them. May be repeated. Without any, no signature is asked for.",
        HelpName = "PEM",
    };

    private readonly Option<string?> _publishTo = new("--publish-to")
    {
        Description = "A store to which what this process makes is published at once, as with 'artifact publish --to'. That it cannot be published is said, and no failure.",
        HelpName = "STORE",
    };

    private readonly Option<string?> _signingKey = new("--signing-key")
    {
        Description = "A PEM file with the private key (ECDSA, P-256) that signs what is published.",
        HelpName = "PEM",
    };

    private readonly Option<double> _timeout = CommandLine.Duration(
        "--substituter-timeout-sec", "For how many seconds a substituter may keep silent before it counts as dead. 0 is for ever.",
        Usual.ConnectTimeout.TotalSeconds, LongestDurations.SubstituterSec);
    private readonly Option<double> _pause = CommandLine.Duration(
        "--substituter-pause-sec", "For how many seconds all processes leave a dead substituter alone.", Usual.Pause.TotalSeconds, LongestDurations.SubstituterSec);
    private readonly Option<double> _negative = CommandLine.Duration(
        "--negative-ttl-sec", "For how many seconds all processes remember that a substituter has not got an artifact.",
        Usual.NegativeTtl.TotalSeconds, LongestDurations.SubstituterSec);

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _addresses, _keys, _timeout, _pause, _negative })
            command.Add(option);
    }

    /// <summary>For commands that make what they do not find.</summary>
    public void AddPublishingTo(Command command)
    {
        command.Add(_publishTo);
        command.Add(_signingKey);
    }

    public string? PublishTo(ParseResult parsed) => parsed.GetValue(_publishTo);

    public string? SigningKey(ParseResult parsed) => parsed.GetValue(_signingKey);

    public SubstituterOptions Read(ParseResult parsed) => new()
    {
        Addresses = parsed.GetValue(_addresses) ?? [],
        TrustedKeys = parsed.GetValue(_keys) ?? [],
        ConnectTimeout = CommandLine.Seconds(parsed.GetValue(_timeout)),
        Pause = CommandLine.Seconds(parsed.GetValue(_pause)),
        NegativeTtl = CommandLine.Seconds(parsed.GetValue(_negative)),
    };
}
