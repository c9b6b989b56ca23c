using System.CommandLine;
using ProcessDedup.Substituters;

namespace ProcessDedup.Cli;

/// <summary>The substituters that a command is told of.</summary>
internal sealed class SubstituterArguments
{
    private const double LongestSeconds = 1728000; // 20 days, SubstituterTimes

    private static readonly SubstituterOptions Usual = new();

    private readonly Option<string[]> _addresses = new("--substituter")
    {
        Description = "Another store that is asked before anything is built: a directory, an http(s) address, or s3://bucket/prefix?region=…&endpoint=…; "
            + "with ?trusted=true at its end it needs no signatures. May be repeated; asked in this order.",
        HelpName = "STORE",
    };

    private readonly Option<string[]> _keys = new("--trusted-key")
    {
        Description = "A PEM file with a public key (ECDSA, P-256): what a substituter has must be signed by one of them. May be repeated. Without any, no signature is asked for.",
        HelpName = "PEM",
    };

    private readonly Option<double> _timeout = CommandLine.Duration(
        "--substituter-timeout-sec", "For how many seconds a substituter may keep silent before it counts as dead. 0 is for ever.",
        Usual.ConnectTimeout.TotalSeconds, LongestSeconds);
    private readonly Option<double> _pause = CommandLine.Duration(
        "--substituter-pause-sec", "For how many seconds all processes leave a dead substituter alone.", Usual.Pause.TotalSeconds, LongestSeconds);
    private readonly Option<double> _negative = CommandLine.Duration(
        "--negative-ttl-sec", "For how many seconds all processes remember that a substituter has not got an artifact.",
        Usual.NegativeTtl.TotalSeconds, LongestSeconds);

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _addresses, _keys, _timeout, _pause, _negative })
            command.Add(option);
    }

    public SubstituterOptions Read(ParseResult parsed) => new()
    {
        Addresses = parsed.GetValue(_addresses) ?? [],
        TrustedKeys = parsed.GetValue(_keys) ?? [],
        ConnectTimeout = CommandLine.Seconds(parsed.GetValue(_timeout)),
        Pause = CommandLine.Seconds(parsed.GetValue(_pause)),
        NegativeTtl = CommandLine.Seconds(parsed.GetValue(_negative)),
    };
}
