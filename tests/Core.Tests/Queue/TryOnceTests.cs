using System;
using System.Collections.Generic;
using System.Linq;
using ProcessDedup.Tests.Harness;
using Xunit;

namespace ProcessDedup.Tests.Queue;

/// <summary>Trying once is no waiting, but no luck either: where there is room, it gets in.</summary>
public sealed class TryOnceTests : IDisposable
{
    private readonly TestDirectory _place = new();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("--slots", "8")]
    [InlineData("--shared", null)]
    public void As_many_as_there_is_room_for_get_in_at_the_same_moment(string option, string? value)
    {
        string[] request = ["lock", "x", option, .. value is null ? Array.Empty<string>() : [value], "--no-wait", "--", "cat"];
        for (int round = 0; round < Scale.Of(3, full: 20); round++)
        {
            List<Peer> crowd = Enumerable.Range(0, 8).Select(_ => Peer.Procdedup(_place, request)).ToList();
            try
            {
                foreach (Peer peer in crowd)
                {
                    peer.Say("in");
                    peer.Expect("in");
                }
            }
            finally
            {
                crowd.ForEach(p => p.Dispose());
            }
        }
    }
}
