using System;
using System.Linq;
using ProcessDedup;
using ProcessDedup.FetchPeer;

// The other process of the tests of downloads and of the cache. It says what it did on lines of standard output.
try
{
    Action<string[]> run = args.FirstOrDefault() switch
    {
        "download" => PartCommands.Download,
        "claim" => PartCommands.Claim,
        "get" => GetCommand.Run,
        "build" => BuildCommand.Run,
        "prune" => PruneCommand.Run,
        "publish" => ArtifactCommands.Publish,
        "restore" => ArtifactCommands.Restore,
        "accept" => TicketCommand.Accept,
        "load" => LoadCommands.Cached,
        "load-naively" => LoadCommands.Naive,
        _ => throw new ArgumentException("download | claim | get | build | prune | publish | restore | accept | load | load-naively"),
    };
    run(args[1..]);
    return 0;
}
catch (DedupException e)
{
    Speech.Say($"ERROR {e.ErrorId} {e.Message}");
    return 1;
}
