using System.CommandLine;
using System.CommandLine.Parsing;
using System.IO;
using ProcessDedup.Artifacts;
using ProcessDedup.Fetch;
using ProcessDedup.Messages;

namespace ProcessDedup.Cli;

/// <summary>What <c>procdedup build</c> and <c>procdedup artifact</c> can be told, and the request that they make of it.</summary>
internal sealed class BuildOptions
{
    private static readonly double LongestTimeout = FetchRequest.LongestTimeout.TotalSeconds;

    private const string Error = "error";
    private const string Proceed = "proceed";

    private readonly Argument<string> _key = new("KEY")
    {
        Description = "The name of the artifact; or its whole key of 64 hexadecimal digits.",
    };

    private readonly Option<string[]> _inputs = new("--input")
    {
        Description = "A file, directory or pattern ('src/**/*.c') whose content the artifact depends on; may be repeated.",
        HelpName = "GLOB",
    };

    private readonly Option<bool> _anyPlatform = new("--any-platform") { Description = "The artifact is the same for all operating systems and architectures." };
    private readonly Option<string?> _out = new("--out") { Description = "Put a copy there, in one step, and print its path; a directory that is there, or is made as the path ends in '/', gets a file under its own name.", HelpName = "PATH" };
    private readonly Option<bool> _readOnly = new("--read-only") { Description = "The copy at --out may be hard links into the store, as nobody will write to it." };
    private readonly Option<bool> _skipVerification = new("--skip-verification") { Description = "Do not compare the copy at --out with the digests of what came into the store." };
    private readonly Option<bool> _allowLinks = new("--allow-outward-links")
    {
        Description = "Keep links that are absolute or lead out of the tree (a virtual environment's python, npm workspaces), as they are.",
    };

    private readonly Option<bool> _xattrs = new("--xattrs")
    {
        Description = "Keep extended attributes (user.*, file capabilities, access lists), and give them to the copy at --out. Linux only.",
    };

    private readonly Option<double> _timeout = CommandLine.Duration(
        "--timeout-sec", "Longest time in seconds, waiting for other processes and transfers included; a build that has begun is not cut short. 0 is for ever.", 0, LongestTimeout);
    private readonly Option<bool> _noWait = new("--no-wait") { Description = "Do not wait where another process is at it." };
    private readonly Option<string> _onTimeout = new("--on-timeout")
    {
        Description = "When another process takes too long: error (exit code 75), or proceed (do it too).",
        HelpName = $"{Error}|{Proceed}",
        DefaultValueFactory = _ => Error,
    };

    private readonly Option<double> _stall = CommandLine.Duration(
        "--stall-timeout-sec", "Do not wait any longer for a process that neither prints nor makes anything for so many seconds, but do its work. 0 waits for it all the same.", 0, LongestTimeout);
    private readonly Option<bool> _allowNetwork = new("--allow-network-fs")
    {
        Description = "Use a store on NFS, SMB, 9P or FUSE all the same. More than one process may then build.",
    };

    public void AddTo(Command command)
    {
        _onTimeout.AcceptOnlyFromAmong(Error, Proceed);
        command.Add(_key);
        foreach (Option option in new Option[]
        {
            _inputs, _anyPlatform, _out, _readOnly, _skipVerification, _allowLinks, _xattrs, _timeout, _noWait, _onTimeout, _stall, _allowNetwork,
        })
        {
            command.Add(option);
        }

        command.RefuseOptionAs(_key);
        command.Validators.Add(Check);
    }

    private void Check(CommandResult result)
    {
        if (result.GetValue(_readOnly) && result.GetValue(_out) is null)
            result.AddError(Message.Of(Key.UsageReadOnlyIsAboutCopyAt));
        if (result.GetValue(_noWait) && result.ValueIfRead(_timeout) > 0)
            result.AddError(Message.Of(Key.UsageGiveNoWaitOrTimeoutSec));
    }

    /// <summary>Does the key say what the content depends on?</summary>
    public bool HasInputs(ParseResult parsed) => parsed.GetValue(_inputs) is { Length: > 0 };

    /// <exception cref="FetchException">An input is not there, or the key cannot be one.</exception>
    public ArtifactRequest Read(ParseResult parsed, string? recipe)
    {
        string[] inputs = parsed.GetValue(_inputs) ?? [];
        ArtifactKey key = ArtifactKey.Of(
            parsed.GetValue(_key)!, inputs.Length == 0 ? [] : ArtifactInputs.Read(Directory.GetCurrentDirectory(), inputs), recipe,
            isForAnyPlatform: parsed.GetValue(_anyPlatform));
        return new ArtifactRequest(key)
        {
            Destination = parsed.GetValue(_out),
            ReadOnly = parsed.GetValue(_readOnly),
            SkipVerification = parsed.GetValue(_skipVerification),
            AllowOutwardLinks = parsed.GetValue(_allowLinks),
            KeepExtendedAttributes = parsed.GetValue(_xattrs),
            Timeout = CommandLine.Seconds(parsed.GetValue(_timeout)),
            NoWait = parsed.GetValue(_noWait),
            ProceedOnTimeout = parsed.GetValue(_onTimeout) == Proceed,
            StallTimeout = CommandLine.Seconds(parsed.GetValue(_stall)),
            AllowNetworkFileSystem = parsed.GetValue(_allowNetwork),
            // The path outlives this process: whoever started it is about to use it.
            IsForParent = true,
        };
    }
}
