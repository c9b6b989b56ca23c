using System;
using System.Globalization;
using ProcessDedup.Fetch;

namespace ProcessDedup.Tests.Flight;

/// <summary>What FetchPeer was given for an address, or why it was given nothing.</summary>
internal sealed record Answer(string Line, FetchStatus? Status, string Digest, long Size, string Path, string? ErrorId)
{
    /// <summary>Null for lines that tell something else.</summary>
    public static Answer? TryParse(string line)
    {
        string[] words = line.Split(' ', 5);
        return words[0] switch
        {
            "OK" => new Answer(
                line, Enum.Parse<FetchStatus>(words[1]), words[2], long.Parse(words[3], CultureInfo.InvariantCulture), words[4], null),
            "ERROR" => new Answer(line, null, string.Empty, 0, string.Empty, words[1]),
            _ => null,
        };
    }

    public override string ToString() => Line;
}
